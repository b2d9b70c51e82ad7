// A button that copies a text. Widgets cannot reach the clipboard otherwise.
async function copied(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Pages that are served over plain http have no navigator.clipboard.
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("not copied");
}

function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "jupyter-button";
  button.textContent = "Copy code";
  button.onclick = async () => {
    try {
      await copied(model.get("code"));
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not copied: read .code in a cell";
    }
    setTimeout(() => (button.textContent = "Copy code"), 2000);
  };
  el.append(button);
}

export default { render };

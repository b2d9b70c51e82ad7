// What widgets cannot do: a button that copies a text, and keys that stay in the explorer.
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

// JupyterLab takes letters and arrows for commands wherever no text is typed: d d at a button deletes the cell.
// It leaves those keys alone that go to an element with this attribute. With Ctrl, Alt or ⌘ the notebook's own
// keys work here as well.
function keepKeys(event) {
  const control = event.target;
  if (control.closest?.(".pmframes-live")) {
    control.toggleAttribute("data-lm-suppress-shortcuts", !(event.ctrlKey || event.altKey || event.metaKey));
  }
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
  // JupyterLab listens at the document, and this has to come before.
  window.addEventListener("keydown", keepKeys, true);
  return () => window.removeEventListener("keydown", keepKeys, true);
}

export default { render };

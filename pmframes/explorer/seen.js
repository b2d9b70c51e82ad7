// Tells the kernel which repaint has come to this page.
function initialize({ model }) {
  const tell = () => {
    model.set("seen", model.get("painted"));
    model.save_changes();
  };
  model.on("change:painted", tell);
  tell();
}

export default { initialize };

// Tells the kernel which repaint has come to this page, and says so again when it is asked again.
function initialize({ model }) {
  const answer = (question, reply) => {
    const tell = () => {
      model.set(reply, model.get(question));
      model.save_changes();
    };
    model.on(`change:${question}`, tell);
    tell();
  };
  answer("painted", "received");
  answer("asked_again", "seen");
}

export default { initialize };

// Where there is a script, the page that a link with `data-dialog` leads to is shown in a dialog over the page one is on: the part of it
// that has `data-in-dialog`, under its title. Without a script the link leads to the page itself.

/** One at a time: a second click while the first is answered would open a second dialog. */
let isOpening = false;

async function open(link) {
  const answer = await fetch(link.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-in-dialog]");
  if (!answer.ok || !page) return location.assign(link.href);
  const dialog = document.createElement("dialog");
  dialog.className = page.dataset.inDialog === "large" ? "dialog dialog--wide" : "dialog";
  const heading = page.querySelector("h1");
  heading.id = "titre-dialogue";
  dialog.setAttribute("aria-labelledby", heading.id);
  dialog.append(...page.childNodes);
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    dialog.close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-dialog]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  event.stopPropagation();
  if (isOpening) return;
  isOpening = true;
  try {
    await open(link);
  } catch {
    location.assign(link.href);
  } finally {
    isOpening = false;
  }
}, true);

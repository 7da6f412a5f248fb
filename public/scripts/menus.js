// The menus at the top of the page close by Escape, which gives the focus back to what opened them, and when a click or the focus goes
// elsewhere: what has the focus is never under one of them.

// The style knows that they are closed.
document.documentElement.dataset.menus = "";

const listOpen = () => [...document.querySelectorAll("details.menu[open]")];

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of listOpen()) {
    const holdsFocus = menu.contains(document.activeElement);
    menu.open = false;
    if (holdsFocus) menu.querySelector("summary").focus();
  }
});

// Pictures that are still awaited when somebody signs out would be refused.
document.querySelector("form[action='/deconnexion']")?.closest("details").addEventListener("submit", () => {
  for (const picture of document.images) {
    if (picture.complete) continue;
    for (const source of picture.closest("picture")?.querySelectorAll("source") ?? []) source.remove();
    picture.removeAttribute("src");
  }
});

for (const elsewhere of ["click", "focusin"]) {
  document.addEventListener(elsewhere, (event) => {
    for (const menu of listOpen()) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}

// Puts everything to work; stands last.

const addTheme = () => {
  const label = () => isDark() ? "Light" : "Dark";
  const element = button(label(), document.querySelector("header"), () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    element.textContent = label();
    charts.forEach((one) => draw(one));
  });
  element.className = "theme";
  prefersDark.addEventListener("change", () => {
    element.textContent = label();
    charts.forEach((one) => draw(one));
  });
};

const followContents = () => {
  const links = new Map(all(".contents a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id)?.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  all("main > section[id]").forEach((section) => seen.observe(section));
};

let opened = [];
addEventListener("beforeprint", () => {
  opened = all("details:not([open]):not(.licences)");
  opened.forEach((details) => { details.open = true; });
});
addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));

addTheme();
all(".table").forEach(addTools);
followContents();
begin();

// What all parts of the page's script use: elements, numbers, the theme. Names reach the page as text, never as markup.

const root = document.documentElement;
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const make = (tag, text, within) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (within) within.append(element);
  return element;
};
const button = (text, within, act) => {
  const element = make("button", text, within);
  element.type = "button";
  element.addEventListener("click", () => act(element));
  return element;
};
const shorten = (text, length) => [...text].length > length ? [...text].slice(0, length - 1).join("") + "…" : text;
const spell = (value, digits) => Number(value).toLocaleString("en-GB", digits).replace("-", "−");
const number = (value) => spell(value, Math.abs(value) >= 1000 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 4 });

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches;
const ink = (name) => getComputedStyle(root).getPropertyValue(name).trim();

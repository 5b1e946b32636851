// The forms of the page at /api: they ask this server and show what it says. Without this script the page is still the
// whole description.
"use strict";

// The request that a form stands for.
function requestOf(form, secret) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const init = { method: form.dataset.method, headers: {} };
  for (const field of form.querySelectorAll("[data-in]")) {
    switch (field.dataset.in) {
      case "path":
        // Slashes of an ID may stand as they are.
        path = path.replace(`{${field.name}}`, field.value.split("/").map(encodeURIComponent).join("/"));
        break;
      case "query":
        if (field.value !== "") query.set(field.name, field.value);
        break;
      case "body":
        init.body = field.value;
        init.headers["Content-Type"] = "application/json";
    }
  }
  if (secret) init.headers.Authorization = `Bearer ${secret}`;
  const tail = query.toString();
  return [tail ? `${path}?${tail}` : path, init];
}

function pretty(text, type) {
  if (!type.startsWith("application/json")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

// The most characters of an answer that are shown: a browser is slow with more.
const most = 100000;

function show(place, title, text) {
  const head = document.createElement("p");
  head.textContent = title;
  const body = document.createElement("pre");
  body.tabIndex = 0;
  body.textContent = text.length > most ? `${text.slice(0, most)}…` : text;
  place.replaceChildren(head, ...(text === "" ? [] : [body]));
}

async function send(event) {
  event.preventDefault();
  const form = event.target;
  const place = form.querySelector(".answer");
  const button = form.querySelector("button");
  const [url, init] = requestOf(form, document.getElementById("secret").value.trim());
  button.disabled = true;
  place.textContent = "…";
  try {
    const start = performance.now();
    const answer = await fetch(url, init);
    const text = await answer.text();
    const took = Math.round(performance.now() - start);
    const type = answer.headers.get("Content-Type") ?? "";
    const model = answer.headers.get("Quern-Model");
    const facts = [`${answer.status} ${answer.statusText}`.trim(), `${took} ms`, type, model && `model ${model}`];
    show(place, facts.filter(Boolean).join(" · "), pretty(text, type));
  } catch (error) {
    show(place, `No answer: ${error.message}`, "");
  }
  button.disabled = false;
}

// An address that ends in an operation's name opens it.
function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
}

for (const form of document.querySelectorAll("form.try")) {
  form.hidden = false;
  form.addEventListener("submit", send);
}
const key = document.getElementById("key");
key.hidden = false;
key.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", openNamed);
openNamed();

/* ---- pictures that a page brings along, as base64 ---- */
const bytesOf = (base64) => {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
};
const embedded = new Map();
for (const element of document.querySelectorAll("script.picture")) embedded.set(element.dataset.page, element);
const embeddedAddress = (page) => URL.createObjectURL(
  new Blob([bytesOf(embedded.get(page).textContent)], { type: "image/jpeg" }));

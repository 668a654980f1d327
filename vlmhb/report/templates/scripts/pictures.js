/* ---- pictures of pages, beside this page or in it ---- */
const KEPT_ADDRESSES = 60;
const ZOOMS = [1, 1.5, 2.5, 4];

const addresses = new Map();
const pictureAddress = (page) => {
  if (!embedded.has(page)) return index.pictures + page + ".jpg";
  const address = addresses.get(page) || embeddedAddress(page);
  addresses.delete(page);
  addresses.set(page, address);
  if (addresses.size > KEPT_ADDRESSES) {
    const [oldest, unused] = addresses.entries().next().value;
    addresses.delete(oldest);
    URL.revokeObjectURL(unused);
  }
  return address;
};
const noPicture = (words) => make("div", "no-picture", words);
const pictureOf = (page, place, all) => {
  if (!page.picture) return noPicture(page.problem ? `Not readable: ${visible(page.problem)}` : "No picture of this page");
  const image = make("img");
  image.loading = place === 0 ? "eager" : "lazy";
  image.decoding = "async";
  image.alt = "Page " + visible(page.path);
  image.addEventListener("error", () => opener.replaceWith(noPicture(`${index.pictures} is not beside this page`)));
  image.src = pictureAddress(page.picture);
  const opener = button("", () => zoom(all, place));
  opener.className = "picture";
  opener.title = "Enlarge (z)";
  opener.append(image);
  return opener;
};
const pages = (entry) => {
  const all = entry.request.pages;
  const figures = all.map((page, place) => make("figure", "", pictureOf(page, place, all),
    make("figcaption", "", all.length > 1 ? `${place + 1}. ` : "", visible(page.path))));
  return make("div", "pages", figures[0], all.length > 1 ? make("div", "more-pages", ...figures.slice(1)) : null);
};

/* ---- one page, large ---- */
let fitted = 0;   // px, the height of the page that fits the window
let zoomed = { pages: [], place: 0, level: 0 };
const zoom = (all, place) => {
  const withPicture = all.filter((page) => page.picture);
  if (!withPicture.length) return;
  zoomed = { pages: withPicture, place: Math.max(0, withPicture.indexOf(all[place])), level: 0 };
  drawZoomed();
  byId("zoom").showModal();
};
const drawZoomed = () => {
  const page = zoomed.pages[zoomed.place];
  byId("zoomed").src = pictureAddress(page.picture);
  byId("zoomed").alt = "Page " + visible(page.path);
  byId("zoom-title").textContent = visible(page.path) + (zoomed.pages.length > 1 ? ` · page ${zoomed.place + 1} of ${zoomed.pages.length}` : "");
  for (const [id, by] of [["zoom-back", -1], ["zoom-next", 1]]) {
    byId(id).hidden = zoomed.pages.length < 2;
    byId(id).disabled = !zoomed.pages[zoomed.place + by];
  }
  zoomed.level = 0;
  enlarge(0);
};
const turnPage = (by) => {
  if (!zoomed.pages[zoomed.place + by]) return;
  zoomed.place += by;
  drawZoomed();
};
// The point of the page under `x`, `y` of the window stays where it is.
const enlarge = (level, x = innerWidth / 2, y = innerHeight / 2) => {
  const [view, image] = [byId("zoom-view"), byId("zoomed")];
  const before = image.getBoundingClientRect();
  if (zoomed.level === 0) fitted = before.height;
  zoomed.level = Math.min(ZOOMS.length - 1, Math.max(0, level));
  const factor = ZOOMS[zoomed.level];
  image.style.maxWidth = factor === 1 ? "" : "none";
  image.style.maxHeight = factor === 1 ? "" : "none";
  image.style.height = factor === 1 ? "" : `${fitted * factor}px`;
  image.className = factor === 1 ? "" : "full";
  if (before.width === 0) return;
  const after = image.getBoundingClientRect();
  view.scrollLeft += after.left + (x - before.left) / before.width * after.width - x;
  view.scrollTop += after.top + (y - before.top) / before.height * after.height - y;
};
const ZOOM_KEYS = {
  ArrowLeft: () => turnPage(-1), ArrowRight: () => turnPage(1), PageUp: () => turnPage(-1), PageDown: () => turnPage(1),
  "+": () => enlarge(zoomed.level + 1), "=": () => enlarge(zoomed.level + 1), "-": () => enlarge(zoomed.level - 1), 0: () => enlarge(0),
  z: () => enlarge(zoomed.level ? 0 : 2),
};
const listenToZoom = () => {
  const dialog = byId("zoom");
  byId("zoom-back").addEventListener("click", () => turnPage(-1));
  byId("zoom-next").addEventListener("click", () => turnPage(1));
  byId("zoom-in").addEventListener("click", () => enlarge(zoomed.level + 1));
  byId("zoom-out").addEventListener("click", () => enlarge(zoomed.level - 1));
  byId("zoom-close").addEventListener("click", () => dialog.close());
  byId("zoom-view").addEventListener("click", (event) => {
    if (event.target === byId("zoomed")) enlarge(zoomed.level ? 0 : 2, event.clientX, event.clientY); else dialog.close();
  });
};

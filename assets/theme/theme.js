/* The remembered choice of light or dark, set before the first paint; site.js has the switch. */
try {
	document.documentElement.dataset.theme = localStorage.getItem("dossier-theme") || "auto";
} catch (e) {
	/* storage may be closed; then the system decides */
}

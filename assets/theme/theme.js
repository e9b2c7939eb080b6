/* The remembered choice of light or dark, set before the first paint; site.js has the switch. */
(function () {
	var choice = null;
	try {
		choice = localStorage.getItem("dossier-theme");
	} catch (e) {
		/* storage may be closed; then the system decides */
	}
	if (choice === "light" || choice === "dark")
		document.documentElement.setAttribute("data-theme", choice);
})();

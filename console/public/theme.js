// Runs before anything is drawn, so that nobody who chose a theme sees the other one first.
;(() => {
  const theme = localStorage.getItem('facet.theme')
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme
})()

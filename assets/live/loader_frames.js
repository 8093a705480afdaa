// Stands in the page itself, before Gradio's scripts. Gradio's loader counts its seconds in every frame, and goes on
// for ever once it is taken away (6.31: its timer ends with a status, which it is told no more). That took 7% of a core
// of each visitor's while nothing moved. This page shows none of those seconds.

{
  const COUNTS = /performance\.now\(\)\s*-.*\/\s*1e3/;
  const ask = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (callback) => {
    const stands = document.documentElement.classList.contains("stands");
    return stands && COUNTS.test(String(callback)) ? 0 : ask(callback);
  };
}

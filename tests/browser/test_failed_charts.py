"""A chart that could not be drawn says so, keeps its table, and is drawn once there is something new."""

from browser_tools import enter

from gpt2core.text import t

BUILD_READY = "document.querySelector('#build')?.textContent.includes('CPU')"
CHARTS = ("bar", "treemap", "waterfall")


def open_plainly(browser, url):
    """A page whose errors fail no test. Without motion a preset is drawn once."""
    page = browser.new_page(viewport={"width": 1440, "height": 2600}, reduced_motion="reduce")
    return page, lambda: (page.goto(url), page.wait_for_function(BUILD_READY, timeout=60_000))


def failed(page, kind):
    return page.locator(f"[data-chart={kind}] .failed")


def test_plotly_that_did_not_load_is_asked_for_again(browser, server):
    page, go = open_plainly(browser, server + "vi")
    page.route("**/plotly.min.js", lambda route: route.abort())
    go()
    for kind in CHARTS:
        failed(page, kind).wait_for(timeout=20_000)
        assert failed(page, kind).inner_text() == t("chart.failed", "vi")
    page.locator("[data-chart=waterfall] summary").click()
    page.locator("[data-chart=waterfall] table td", has_text="124.439.808").first.wait_for()
    page.unroute("**/plotly.min.js")
    enter(page, "n_layer", 5)
    for kind in CHARTS:
        page.locator(f"[data-chart={kind}] .plot[data-drawn] svg").first.wait_for(timeout=20_000)
        failed(page, kind).wait_for(state="detached")
    page.close()


def test_one_failed_draw_does_not_end_the_later_ones(browser, server):
    page, go = open_plainly(browser, server)
    go()
    for kind in CHARTS:
        page.locator(f"[data-chart={kind}] .plot[data-drawn] svg").first.wait_for(timeout=20_000)
    page.evaluate(
        """() => {
          const react = Plotly.react;
          Plotly.react = () => {
            Plotly.react = react;
            throw new Error('planted');
          };
        }"""
    )
    page.locator("[data-preset=gpt2-medium]").click()
    page.locator(".failed").first.wait_for(timeout=20_000)
    assert page.locator(".failed").all_inner_texts() == [t("chart.failed", "en")]
    enter(page, "n_layer", 7)
    page.locator(".failed").wait_for(state="detached", timeout=20_000)
    shown = "document.querySelectorAll('[data-chart=treemap] g.slice').length"
    page.wait_for_function(f"{shown} > 5")
    whole = page.evaluate(shown)
    page.locator("[data-chart=treemap] g.slice", has_text="wte.weight").last.click()
    page.wait_for_timeout(1200)  # the time that Plotly takes to open a part
    assert page.evaluate(shown) == whole, "a chart drawn anew knows that a tensor has nothing inside"
    page.close()

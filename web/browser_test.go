package web_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/quern-search/quern/rerank/reranktest"
	"github.com/quern-search/quern/web"
)

// looks are the screens that the page must fit, by their width in CSS pixels.
var looks = []struct {
	scheme string
	width  int64
}{{"light", 1280}, {"dark", 1280}, {"light", 360}, {"dark", 360}}

// The page in a real browser: somebody types a question, reads the hits and opens one. Screenshots are kept in the
// folder that QUERN_SHOTS names, to be looked at.
func TestBrowser(t *testing.T) {
	server := httptest.NewServer(site{docs: articles(t), web: web.Config{
		Examples: []string{"how do I get a red wine stain out", "rice to water ratio", "why am I weeping over the chopping board"},
	}}.start(t))
	defer server.Close()
	b := openBrowser(t)
	for _, look := range looks {
		t.Run(fmt.Sprintf("%s %d", look.scheme, look.width), func(t *testing.T) {
			b.look(t, look.scheme, look.width)
			b.open(t, server.URL)
			b.fits(t, "empty")
			run(t, b, chromedp.SendKeys(chromedp.CSS("#q"), "how do I get a red wine stain out\n"))
			b.await(t, ".hits")
			b.fits(t, "hits")
			checkHits(t, b)
			run(t, b, chromedp.Click(chromedp.CSS(".tuning summary")))
			b.await(t, "#window")
			b.fits(t, "tuning")
			run(t, b, chromedp.Click(chromedp.CSS(".hit h2 a")))
			b.await(t, ".document h1")
			b.fits(t, "document")
		})
	}
	b.staysHome(t, server.URL)
	b.quiet(t)
}

func checkHits(t *testing.T, b *browser) {
	title := run(t, b, chromedp.Title())
	status := run(t, b, chromedp.TextContent(chromedp.CSS(".status .how")))
	hits := run(t, b, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".hit h2 a")].map(e => e.textContent)`))
	moves := run(t, b, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".move")].map(e => e.innerText)`))
	if title != "how do I get a red wine stain out – quern" {
		t.Errorf("title %q", title)
	}
	if !strings.HasPrefix(status, "Reranked by fake: 50 of 50 candidates") {
		t.Errorf("status %q", status)
	}
	if len(hits) != 10 || !strings.Contains(strings.Join(hits, "\n"), "Getting a red wine stain out") {
		t.Errorf("hits %q", hits)
	}
	all := strings.Join(moves, "\n")
	if !strings.Contains(all, "▲") || !strings.Contains(all, "→ #1") {
		t.Errorf("moves %q", moves)
	}
}

// Whatever a request or a document holds, the page keeps its shape.
func TestBrowserWithOddContent(t *testing.T) {
	long := strings.Repeat("donaudampfschifffahrt", 40)
	docs := articles(t)[:20]
	for i := range docs {
		docs[i].Title += " " + long
		docs[i].Body = "wine " + long + " " + docs[i].Body
		docs[i].URL = "https://example.org/" + long
		docs[i].Fields = map[string]any{long: long}
	}
	docs[0].URL = ""
	server := httptest.NewServer(site{docs: docs, fake: &reranktest.Fake{Trouble: reranktest.Fails, After: 3},
		web: web.Config{Facets: []string{long, "subject"}, Sorts: []string{long}}}.start(t))
	defer server.Close()
	b := openBrowser(t)
	for _, look := range looks {
		t.Run(fmt.Sprintf("%s %d", look.scheme, look.width), func(t *testing.T) {
			b.look(t, look.scheme, look.width)
			for name, path := range map[string]string{
				"long":    "/?q=wine+" + long,
				"nothing": "/?q=" + long,
				"wrong":   "/?q=wine&window=" + long,
				"strict":  "/?q=wine&min_score=1&window=3&top_n=3",
				"off":     "/?q=wine&rerank=off",
				"filter":  "/?q=wine&filter=" + long + ":" + long + "&filter=" + long + "&sort=a" + long,
				"facet":   "/?filter=" + long + ":" + long + "&sort=" + long,
				"stored":  "/doc/" + docs[1].ID,
				"missing": "/doc/" + long,
			} {
				b.open(t, server.URL+path)
				b.fits(t, "odd-"+name)
			}
		})
	}
	b.staysHome(t, server.URL)
}

// Somebody narrows a search down, step by step, with nothing but links: a filter, an order, the next page and back, and
// takes the filter off again.
func TestBrowserNarrowsDown(t *testing.T) {
	server := httptest.NewServer(site{docs: articles(t), web: web.Config{
		Facets: []string{"subject", "kind"}, Sorts: []string{"-updated"},
	}}.start(t))
	defer server.Close()
	b := openBrowser(t)
	for _, look := range looks {
		t.Run(fmt.Sprintf("%s %d", look.scheme, look.width), func(t *testing.T) {
			b.look(t, look.scheme, look.width)
			b.open(t, server.URL+"/?q=keep+wood+dry+stian")
			b.wants(t, ".corrected", "No document has “stian”, so this searched for “stain”.")
			b.fits(t, "facets")
			b.choose(t, ".group a", ".chips")
			b.wants(t, ".chips a", "Remove subject: laundry ×")
			b.wants(t, ".group [aria-current] .value", "laundry\nRelevance")
			b.fits(t, "filtered")
			b.choose(t, ".order li:last-child a", ".order li:last-child [aria-current]")
			b.wants(t, ".how", "Sorted by updated, descending.")
			run(t, b, chromedp.Click(chromedp.CSS(".pages .next")))
			b.await(t, ".pages .previous")
			b.wants(t, ".hit:first-child .rank", "11")
			b.fits(t, "second-page")
			run(t, b, chromedp.SendKeys(chromedp.CSS("#q"), "stone \n"))
			b.await(t, ".hits[start='1']")
			b.wants(t, ".chips a", "Remove subject: laundry ×")
			b.wants(t, ".how", "Sorted by updated, descending.")
			b.wants(t, ".hit:first-child .rank", "1")
			run(t, b, chromedp.Click(chromedp.CSS(".chips a")))
			b.await(t, "main:not(:has(.chips))")
			run(t, b, chromedp.Click(chromedp.CSS(".tips summary")))
			b.await(t, ".tips dl")
			b.fits(t, "tips")
			b.open(t, server.URL+"/?q=xylophone&filter=kind%3Aguide")
			b.await(t, "section.tips dl")
			b.fits(t, "nothing")
		})
	}
	b.staysHome(t, server.URL)
	b.quiet(t)
}

// choose follows the first of the links in the panel, which a narrow page has folded away, to where next is.
func (b *browser) choose(t *testing.T, link, next chromedp.CSS) {
	t.Helper()
	folded := run(t, b, chromedp.Evaluate[bool](`document.querySelector(".refine summary").checkVisibility()`))
	if folded != (b.width < 600) {
		t.Errorf("the panel is folded away: %v, in a window of %d", folded, b.width)
	}
	if folded {
		run(t, b, chromedp.Click(chromedp.CSS(".refine summary")))
		b.await(t, link)
		b.fits(t, "panel")
	}
	run(t, b, chromedp.Click(link))
	run(t, b, chromedp.WaitReady(next))
}

// wants checks the texts of what a selector finds.
func (b *browser) wants(t *testing.T, selector, want string) {
	t.Helper()
	got := run(t, b, chromedp.Evaluate[string](fmt.Sprintf(
		`[...document.querySelectorAll(%q)].map(e => e.textContent.replace(/\s+/g, " ").trim()).join("\n")`, selector)))
	if got != want {
		t.Errorf("%s: %q, want %q", selector, got, want)
	}
}

// The API page in a real browser: somebody opens an operation, sends it, and reads the answer.
func TestBrowserTriesTheAPI(t *testing.T) {
	server := httptest.NewServer(site{writable: true, docs: articles(t)}.start(t))
	defer server.Close()
	b := openBrowser(t)
	for _, look := range looks {
		t.Run(fmt.Sprintf("%s %d", look.scheme, look.width), func(t *testing.T) {
			b.look(t, look.scheme, look.width)
			b.open(t, server.URL+"/")
			run(t, b, chromedp.Click(chromedp.CSS(".foot a")))
			b.await(t, ".api")
			b.fits(t, "api")
			run(t, b, chromedp.SendKeys(chromedp.CSS("#secret"), secrets[0]))
			for _, try := range []struct{ operation, want string }{
				{"search", `200 OK`},
				{"rerank", `"relevance_score": 0.`},
				{"putDocuments", `"indexed": 1`},
				{"getDocument", `"title": "Refunds"`},
				{"deleteDocument", `204 No Content`},
				{"getDocument", `404 Not Found`},
			} {
				if got := b.try(t, try.operation); !strings.Contains(got, try.want) {
					t.Errorf("%s says %q, want %s", try.operation, got, try.want)
				}
			}
			b.fits(t, "api-tried")
		})
	}
	b.staysHome(t, server.URL)
	for _, line := range b.console {
		if !strings.Contains(line, "404") { // which a browser complains of
			t.Errorf("console: %s", line)
		}
	}
}

// try sends an operation's form as it stands and returns what is shown then.
func (b *browser) try(t *testing.T, operation string) string {
	t.Helper()
	if open := run(t, b, chromedp.Evaluate[bool](fmt.Sprintf("document.getElementById(%q).open", operation))); !open {
		run(t, b, chromedp.Click(chromedp.CSS("#"+operation+" summary")))
	}
	run(t, b, chromedp.Evaluate[bool](fmt.Sprintf("document.querySelector('#%s .answer').replaceChildren(), true", operation)))
	run(t, b, chromedp.Click(chromedp.CSS("#"+operation+" button")))
	b.await(t, chromedp.CSS("#"+operation+" .answer p"))
	return run(t, b, chromedp.TextContent(chromedp.CSS("#"+operation+" .answer")))
}

// A browser is a Chromium that notes what it should not have done.
type browser struct {
	ctx    context.Context
	scheme string
	width  int64

	mu       sync.Mutex
	console  []string
	requests []string
}

// browserTimeout ends a test whose browser hangs.
const browserTimeout = 2 * time.Minute

func openBrowser(t *testing.T) *browser {
	program := os.Getenv("QUERN_CHROMIUM")
	if program == "" {
		t.Skip("no browser: QUERN_CHROMIUM=$(command -v chromium) go test ./web -run Browser runs this")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))
	ctx, cancel := context.WithTimeout(t.Context(), browserTimeout)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{ctx: ctx}
	check(t, chromedp.Listen(ctx, b.hear))
	return b
}

func (b *browser) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *cdplog.EventEntryAdded:
		b.console = append(b.console, e.Entry.Text+" "+e.Entry.URL)
	case *runtime.EventExceptionThrown:
		b.console = append(b.console, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.console = append(b.console, "console."+string(e.Type))
	}
}

// run does one thing in the browser and returns what it gives.
func run[T any](t *testing.T, b *browser, a chromedp.Action[T]) T {
	t.Helper()
	v, err := chromedp.Run(b.ctx, a)
	check(t, err)
	return v
}

func (b *browser) open(t *testing.T, url string) {
	t.Helper()
	run(t, b, chromedp.Navigate(url))
	b.await(t, "main")
}

func (b *browser) await(t *testing.T, selector chromedp.CSS) {
	t.Helper()
	run(t, b, chromedp.WaitVisible(selector))
}

func (b *browser) look(t *testing.T, scheme string, width int64) {
	t.Helper()
	b.scheme, b.width = scheme, width
	var mobile []chromedp.EmulateViewportOption
	if width < 600 {
		mobile = append(mobile, chromedp.EmulateMobile)
	}
	run(t, b, chromedp.EmulateViewport(width, 800, mobile...))
	run(t, b, func(ctx context.Context, target *chromedp.Target) (cdp.Empty, error) {
		return cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
	})
}

// leastContrast is what WCAG 2 asks of text at level AA.
const leastContrast = 4.5

// contrasts lists the texts on the screen whose contrast to what is behind them is too small. Links that were seen are
// not among them: a page is not told of these.
const contrasts = `(least => {
	const light = c => c.map(v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
	const color = text => text.match(/[\d.]+/g).map(Number);
	const behind = e => { for (; e; e = e.parentElement) { const c = color(getComputedStyle(e).backgroundColor); if (c[3] !== 0) return c } return [255, 255, 255] };
	const bad = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	let seen = 0;
	while (texts.nextNode()) {
		const e = texts.currentNode.parentElement;
		if (!texts.currentNode.data.trim() || !e.checkVisibility() || e.closest(".vh, .skip")) continue;
		const [a, b] = [color(getComputedStyle(e).color), behind(e)].map(c => light(c.slice(0, 3))).sort((a, b) => b - a);
		seen++;
		if ((a + .05) / (b + .05) < least) bad.push(e.className + " " + ((a + .05) / (b + .05)).toFixed(2) + ": " + texts.currentNode.data.trim());
	}
	return seen ? bad : ["no text was seen"];
})`

// fits checks that nothing sticks out at the side and that all can be read, and keeps a screenshot.
func (b *browser) fits(t *testing.T, name string) {
	t.Helper()
	content := run(t, b, chromedp.Evaluate[int64]("document.scrollingElement.scrollWidth"))
	window := run(t, b, chromedp.Evaluate[int64]("window.innerWidth"))
	if content > window || window != b.width {
		t.Errorf("%s: the page is %d pixels wide in a window of %d (asked for %d)", name, content, window, b.width)
	}
	for _, text := range run(t, b, chromedp.Evaluate[[]string](fmt.Sprintf("%s(%v)", contrasts, leastContrast))) {
		t.Errorf("%s: too little contrast: %s", name, text)
	}
	if dir := os.Getenv("QUERN_SHOTS"); dir != "" {
		png := run(t, b, chromedp.FullScreenshot(100))
		check(t, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%s-%d.png", name, b.scheme, b.width)), png, 0o644))
	}
}

// staysHome checks that the browser asked no other server.
func (b *browser) staysHome(t *testing.T, server string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.requests) == 0 {
		t.Error("no request was seen: the network events are not heard")
	}
	for _, r := range b.requests {
		if !strings.HasPrefix(r, server+"/") {
			t.Errorf("a request went outside: %s", r)
		}
	}
}

// quiet checks that the browser had nothing to complain of, such as a style that the policy forbids.
func (b *browser) quiet(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.console {
		t.Errorf("console: %s", line)
	}
}

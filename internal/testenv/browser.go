package testenv

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Browser is a running Chromium that reaches no network: every name resolves
// to nothing.
type Browser struct{ ctx context.Context }

// patience bounds what waits for the browser. It is no measure of speed: a
// browser that hangs must not hang the tests.
const patience = 2 * time.Minute

// NewBrowser starts a Chromium that ends with the test.
func NewBrowser(t testing.TB) *Browser {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(Chromium(t)),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "en-US"),
		chromedp.DisableGPU,
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium refuses to be root in a sandbox
	}
	// Not the test's own context: that ends before the cleanup that must wait
	// for the browser's end.
	allocator, stop := chromedp.NewExecAllocator(context.WithoutCancel(t.Context()), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		cancel()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return &Browser{ctx}
}

// View is how a page is looked at.
type View struct {
	Width, Height int64
	Dark          bool
	Print         bool // as printed, on the screen
	Phone         bool // touch, and the page's own viewport is obeyed
}

// Page is one page in a browser.
type Page struct {
	ctx      context.Context
	close    func()
	mu       sync.Mutex
	problems []string
	requests []string
}

// watch notes violations of the page's own policy; it runs before the page.
const watch = `window.violations = [];
document.addEventListener('securitypolicyviolation', e => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));`

// Open shows the address in a tab of its own.
func (b *Browser) Open(t testing.TB, address string, v View) *Page {
	t.Helper()
	tab, done := chromedp.NewContext(b.ctx)
	t.Cleanup(done)
	if err := chromedp.Do(tab); err != nil { // the tab lives as long as this context
		t.Fatalf("a tab for %s: %v", address, err)
	}
	ctx, cancel := context.WithTimeout(tab, patience)
	t.Cleanup(cancel)
	p := &Page{ctx: ctx, close: done}
	if err := chromedp.Listen(ctx, p.note); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: watch}); err != nil {
		t.Fatal(err)
	}
	p.Look(t, v)
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("opening %s: %v", address, err)
	}
	return p
}

// note runs for each event of the tab, in its own loop.
func (p *Page) note(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		p.problems = append(p.problems, fmt.Sprintf("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL))
	case *runtime.EventConsoleAPICalled:
		p.problems = append(p.problems, fmt.Sprintf("console.%s was called", e.Type))
	case *runtime.EventExceptionThrown:
		p.problems = append(p.problems, "exception: "+e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		p.problems = append(p.problems, "dialog: "+e.Message)
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

// Look changes how the page is looked at.
func (p *Page) Look(t testing.TB, v View) {
	t.Helper()
	var options []chromedp.EmulateViewportOption
	if v.Phone {
		options = append(options, chromedp.EmulateMobile, chromedp.EmulateTouch)
	}
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(v.Width, v.Height, options...)); err != nil {
		t.Fatal(err)
	}
	scheme, media := "light", "" // what it is: the screen, and paper when printed
	if v.Dark {
		scheme = "dark"
	}
	if v.Print {
		media = "print"
	}
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media:    media,
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Problems are all that a person would see in the console, with the violations
// of the page's policy.
func (p *Page) Problems(t testing.TB) []string {
	t.Helper()
	violations := Eval[[]string](t, p, "window.violations")
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(slices.Clone(p.problems), violations...)
}

// Requests are the addresses that were asked for, the page's own first.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Eval is the value of a JavaScript expression on the page.
func Eval[T any](t testing.TB, p *Page, expression string) T {
	t.Helper()
	v, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("evaluating on the page: %v\n%s", err, expression)
	}
	return v
}

// Shoot keeps a picture of the whole page, as name.png. Where nobody keeps it
// (see Keep) none is taken: pictures of long pages take seconds.
func (p *Page) Shoot(t testing.TB, name string) {
	t.Helper()
	if !kept() {
		return
	}
	data, err := chromedp.Run(p.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("screenshot %s: %v", name, err)
	}
	Keep(t, name+".png", data)
}

// PDF is the page as printed on A4.
func (p *Page) PDF(t testing.TB) []byte {
	t.Helper()
	data, err := chromedp.Run(p.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), func(o *page.PrintToPDFParams) {
		yes := true
		o.PreferCSSPageSize = &yes
	}))
	if err != nil {
		t.Fatalf("printing: %v", err)
	}
	return data
}

// kept tells whether anybody asked for pictures.
func kept() bool {
	artifacts := flag.Lookup("test.artifacts")
	return os.Getenv("ERRATA_SCREENSHOTS") != "" || artifacts != nil && artifacts.Value.String() == "true"
}

// Keep writes a file for people to look at: in the folder that
// ERRATA_SCREENSHOTS names, else among the test's artifacts (go test -artifacts).
func Keep(t testing.TB, name string, data []byte) {
	t.Helper()
	dir := os.Getenv("ERRATA_SCREENSHOTS")
	if dir == "" {
		dir = t.ArtifactDir()
	}
	if err := os.MkdirAll(dir, 0o750); err != nil { // #nosec G703 -- where the person who runs the tests wants them
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil { // #nosec G703 -- as above
		t.Fatal(err)
	}
}

// Close closes the tab before the test ends.
func (p *Page) Close() { p.close() }

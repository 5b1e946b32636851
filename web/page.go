package web

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/web/dialect"
)

// A frame is what every page has around its own content.
type frame struct {
	Site      string
	Title     string // of this page, before the site's; empty: the site's alone
	Home      bool   // whether this is the page before the first search, which has the site's name in its middle
	Wide      bool   // whether there is something beside the hits
	ModelNote string
	Version   string
}

func (s *Server) frame(title string) frame {
	return frame{Site: s.cfg.Title, Title: title, ModelNote: s.cfg.ModelNote, Version: s.cfg.Version}
}

// A messageView is a page that says that something is wrong.
type messageView struct {
	frame
	Problem dialect.Problem
}

// A searchView is the search page: the form as it was sent, and what came of it.
type searchView struct {
	frame
	Form     formView
	Examples []string
	Tip      string           // a field, for the examples of the query language
	Problem  *dialect.Problem // nil: none
	Answer   *answerView      // nil: nothing was asked
}

// Nothing tells whether there was an answer, without hits.
func (v searchView) Nothing() bool { return v.Answer != nil && len(v.Answer.Hits) == 0 }

// A formView holds the form's fields as they were sent, right or wrong, to be shown again.
type formView struct {
	Q, Instruct, Window, TopN, MinScore, Blend, DeadlineMS string
	Off                                                    bool // no reranking
	Tuned                                                  bool // whether any of these but Q is set
	Default                                                formDefaults
	Max                                                    int         // of Window and TopN
	Hidden                                                 []fieldView // what else the next search is to keep
	Chips                                                  []chipView  // the same, to be seen and taken off
}

// formDefaults are what the server does where a field is empty.
type formDefaults struct {
	Instruct     string
	Window, TopN int
}

func (s *Server) formOf(v url.Values) formView {
	sent := func(name string) string { return strings.ToValidUTF8(v.Get(name), "\uFFFD") }
	f := formView{
		Q: sent("q"), Instruct: sent("instruct"), Window: sent("window"), TopN: sent("top_n"),
		MinScore: sent("min_score"), Blend: sent("blend"), DeadlineMS: sent("deadline_ms"), Off: sent("rerank") == "off",
		Default: formDefaults{rerank.DefaultInstruct, s.cfg.Window, s.cfg.TopN},
		Max:     pipeline.MaxCandidates,
	}
	f.Tuned = f.Off || f.Instruct+f.Window+f.TopN+f.MinScore+f.Blend+f.DeadlineMS != ""
	at := addressOf(v)
	f.Chips = at.chips(s.cfg.Sorts)
	for _, name := range []string{"filter", "sort", "facet", "facet_size"} {
		for _, value := range at[name] {
			f.Hidden = append(f.Hidden, fieldView{name, strings.ToValidUTF8(value, "\uFFFD")})
		}
	}
	return f
}

// page is GET /: the form and, with ?q=… or ?filter=…, the answer. What is wrong with a request is shown above the
// form, which keeps what was typed.
func (s *Server) page(c echo.Context) error {
	raw := c.Request().URL.RawQuery
	values, err := url.ParseQuery(raw)
	form := s.formOf(values)
	v := searchView{
		frame: s.frame(strings.TrimSpace(form.Q)), Form: form, Examples: s.cfg.Examples,
		Tip: cmp.Or(append(slices.Clone(s.cfg.Facets), "topic")...),
	}
	at := addressOf(values)
	if err == nil && strings.TrimSpace(form.Q) == "" && len(at["filter"]) == 0 {
		v.Home = true
		return s.render(c, http.StatusOK, "search", v)
	}
	r, err := parseSearch(raw)
	if len(r.Facet) == 0 {
		r.Facet = s.cfg.Facets
	}
	v.Wide = len(r.Facet)+len(s.cfg.Sorts) > 0
	if err == nil {
		var a pipeline.Answer
		if a, err = s.search(c.Request().Context(), r); err == nil {
			v.Answer = viewOf(a, r)
			v.Answer.Pages = at.pages(a, cmp.Or(int(r.TopN), s.cfg.TopN))
			v.Answer.Facets = at.facets(a.Facets)
			if a.Total > 1 {
				v.Answer.Orders = at.orders(s.cfg.Sorts, v.Answer.Sort)
			}
			return s.render(c, http.StatusOK, "search", v)
		}
	}
	p := problemOf(err, requestID(c))
	if p.Status == statusGone {
		return err
	}
	c.Set(errorKey, err)
	v.Problem = &p
	return s.render(c, p.Status, "search", v)
}

// render answers with a page. The template runs to its end before the status goes out, so that a mistake in one is an
// honest 500, not half a page.
func (s *Server) render(c echo.Context, status int, page string, view any) error {
	var b bytes.Buffer
	if err := s.pages[page].Execute(&b, view); err != nil {
		return err
	}
	return c.HTMLBlob(status, b.Bytes())
}

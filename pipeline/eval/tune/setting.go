package tune

import (
	"fmt"
	"strings"

	"github.com/quern-search/quern/pipeline/eval"
)

// A Setting is one way to search.
type Setting struct {
	Search
	Window   int     `json:"window"`              // candidates that the model judges
	Blend    float64 `json:"blend"`               // weight of relevance beside BM25; 0: BM25 alone, and no model
	MinScore float64 `json:"min_score,omitempty"` // relevance under which a judged hit is left out
}

// A Search is the part of a setting that needs a search of its own. Settings that differ in nothing of it share one.
type Search struct {
	K1         float64 `json:"k1"`
	B          float64 `json:"b"`
	TitleBoost float64 `json:"title_boost"`
	Passages   int     `json:"passages"`           // tokens of a passage; 0: whole documents
	Instruct   string  `json:"instruct,omitempty"` // empty: the default instruction
}

// A Grid has the values to try for each part of a setting. Where it has none, that of the baseline is not changed.
type Grid struct {
	K1, B, TitleBoost []float64
	Passages          []int
	Instruct          []string
	Window            []int
	Blend             []float64
	MinScore          []float64
}

// Settings are the baseline and all combinations of the grid, each once: settings that differ only in what BM25 alone
// does not use are one.
func (g Grid) Settings(baseline Setting) []Setting {
	list := []Setting{baseline}
	list = vary(list, g.K1, func(s *Setting, v float64) { s.K1 = v })
	list = vary(list, g.B, func(s *Setting, v float64) { s.B = v })
	list = vary(list, g.TitleBoost, func(s *Setting, v float64) { s.TitleBoost = v })
	list = vary(list, g.Passages, func(s *Setting, v int) { s.Passages = v })
	list = vary(list, g.Instruct, func(s *Setting, v string) { s.Instruct = v })
	list = vary(list, g.Blend, func(s *Setting, v float64) { s.Blend = v })
	list = vary(list, g.Window, func(s *Setting, v int) { s.Window = v })
	list = vary(list, g.MinScore, func(s *Setting, v float64) { s.MinScore = v })
	list = append([]Setting{baseline}, list...)
	seen := map[Setting]bool{}
	var once []Setting
	for _, s := range list {
		if s = s.canonical(); !seen[s] {
			seen[s] = true
			once = append(once, s)
		}
	}
	return once
}

// vary returns each of list with each of values.
func vary[T any](list []Setting, values []T, set func(*Setting, T)) []Setting {
	if len(values) == 0 {
		return list
	}
	var all []Setting
	for _, s := range list {
		for _, v := range values {
			set(&s, v)
			all = append(all, s)
		}
	}
	return all
}

// canonical is s without what BM25 alone does not use.
func (s Setting) canonical() Setting {
	if s.Blend == 0 {
		s.Window, s.MinScore, s.Instruct = 0, 0, ""
	}
	return s
}

// String is s as `quern compare --system` takes it, with model=NAME before it for another model than the default one.
func (s Setting) String() string {
	parts := []string{fmt.Sprintf("k1=%g", s.K1), fmt.Sprintf("b=%g", s.B), fmt.Sprintf("title-boost=%g", s.TitleBoost), fmt.Sprintf("passages=%d", s.Passages)}
	if s.Blend == 0 {
		return "model=none," + strings.Join(parts, ",")
	}
	parts = append(parts, fmt.Sprintf("window=%d", s.Window), fmt.Sprintf("blend=%g", s.Blend))
	if s.MinScore > 0 {
		parts = append(parts, fmt.Sprintf("min-score=%g", s.MinScore))
	}
	if s.Instruct != "" {
		parts = append(parts, "instruct="+s.Instruct)
	}
	return strings.Join(parts, ",")
}

// system is s as an evaluation takes it.
func (s Setting) system() eval.System {
	return eval.System{Name: s.String(), Blend: s.Blend, Window: s.Window, MinScore: s.MinScore}
}

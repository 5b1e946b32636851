package index

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/ckb"
	"github.com/blevesearch/bleve/v2/analysis/lang/da"
	"github.com/blevesearch/bleve/v2/analysis/lang/de"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/es"
	"github.com/blevesearch/bleve/v2/analysis/lang/fa"
	"github.com/blevesearch/bleve/v2/analysis/lang/fi"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/lang/hi"
	"github.com/blevesearch/bleve/v2/analysis/lang/hr"
	"github.com/blevesearch/bleve/v2/analysis/lang/hu"
	"github.com/blevesearch/bleve/v2/analysis/lang/it"
	"github.com/blevesearch/bleve/v2/analysis/lang/nl"
	"github.com/blevesearch/bleve/v2/analysis/lang/no"
	"github.com/blevesearch/bleve/v2/analysis/lang/pl"
	"github.com/blevesearch/bleve/v2/analysis/lang/pt"
	"github.com/blevesearch/bleve/v2/analysis/lang/ro"
	"github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/bleve/v2/analysis/lang/sv"
	"github.com/blevesearch/bleve/v2/analysis/lang/tr"
	"github.com/blevesearch/bleve/v2/registry"
	"golang.org/x/text/language"

	// Catalan and Irish have no analyzer, but their articles are known.
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ca"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ga"
)

// DefaultLang is the language of a Config that names none: English, stop words left out, Porter stems.
const DefaultLang = "en"

// Names of languages that are none.
const (
	AnyLang = "standard" // words as they stand, lower-cased; no stop words, no stems
	langCJK = "cjk"      // Chinese, Japanese and Korean together, or not known which; the same
)

// ParseLang gives the name by which an index knows a language, or ErrLang. A tag is one of BCP 47, such as "de", "pt-BR"
// or "zh-Hant"; what comes after the language makes no difference. Every language with a two-letter code is known, and
// "ckb", "standard" and "cjk". A language for which Bleve has an analyzer gets its stop words and stems, any other its
// words as they stand; see tokenizer for what a word is.
func ParseLang(tag string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(tag))
	if name == AnyLang || name == langCJK {
		return name, nil
	}
	unknown := fmt.Errorf("%w %q: give a code such as en, de or zh, cjk for Chinese, Japanese and Korean together, or standard for any other",
		ErrLang, tag)
	parsed, err := (language.DeprecatedBase | language.Macro).Parse(name)
	if err != nil {
		return "", unknown
	}
	base, confidence := parsed.Base()
	name = base.String()
	switch {
	case confidence != language.Exact: // "und", and what is for private use
		return "", unknown
	case name == "nn": // Bleve's Norwegian is for both ways of writing it
		return "no", nil
	case len(name) == 2 || hasAnalyzer(name):
		return name, nil
	}
	return "", unknown // a front matter's "lua" is some people's mother tongue, but that is not what was meant
}

// hasAnalyzer tells whether Bleve has an analyzer for the language.
func hasAnalyzer(lang string) bool {
	switch lang {
	case ar.AnalyzerName, ckb.AnalyzerName, da.AnalyzerName, de.AnalyzerName, en.AnalyzerName, es.AnalyzerName, fa.AnalyzerName,
		fi.AnalyzerName, fr.AnalyzerName, hi.AnalyzerName, hr.AnalyzerName, hu.AnalyzerName, it.AnalyzerName, nl.AnalyzerName,
		no.AnalyzerName, pl.AnalyzerName, pt.AnalyzerName, ro.AnalyzerName, ru.AnalyzerName, sv.AnalyzerName, tr.AnalyzerName:
		return true
	}
	return false
}

// newAnalyzer makes the analyzer of a language that ParseLang knows: Bleve's where there is one, with the tokenizer and
// the folding that all languages share.
func newAnalyzer(lang string) analysis.Analyzer {
	a, folded := &analysis.DefaultAnalyzer{Tokenizer: tokenizer{}}, fold{unicode.ToLower}
	switch lang {
	case tr.AnalyzerName, "az":
		folded.lower = unicode.TurkishCase.ToLower // I is ı, İ is i
	case fa.AnalyzerName:
		a.CharFilters = []analysis.CharFilter{spaceJoiners{}}
	}
	a.TokenFilters = slices.Concat([]analysis.TokenFilter{folded}, languageFilters(lang), []analysis.TokenFilter{nonEmpty{}})
	return a
}

// languageFilters are those of Bleve's analyzer, or what is known of a language without one.
func languageFilters(lang string) []analysis.TokenFilter {
	cache := registry.NewCache()
	switch {
	case hasAnalyzer(lang):
		return must(cache.AnalyzerNamed(lang)).(*analysis.DefaultAnalyzer).TokenFilters // as those of all languages are
	case lang == "el":
		return []analysis.TokenFilter{greekAccents{}}
	case lang == "ca" || lang == "ga": // "l'home" is "home"
		return []analysis.TokenFilter{must(cache.TokenFilterNamed("elision_" + lang))}
	}
	return nil
}

// must panics where a package of Bleve that is imported above did not register what it is for.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// analyzers are made when they are first wanted: some take a megabyte and tens of milliseconds.
type analyzers struct {
	mu   sync.Mutex
	made map[string]analysis.Analyzer // by language
}

func (s *analyzers) of(lang string) analysis.Analyzer {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, ok := s.made[lang]
	if !ok {
		if s.made == nil {
			s.made = map[string]analysis.Analyzer{}
		}
		a = newAnalyzer(lang)
		s.made[lang] = a
	}
	return a
}

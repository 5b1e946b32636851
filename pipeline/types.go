package pipeline

import (
	"time"

	"github.com/quern-search/quern/retrieve"
	"github.com/quern-search/quern/retrieve/query"
)

// A Query is one search. The zero value of every field but Text means the pipeline's own setting.
type Query struct {
	Text     string        // what the user typed, in the language of package query; may be empty where there is a filter
	Window   int           // how many candidates the model judges; 0: Config.Window
	TopN     int           // how many hits come back at the most; 0: Config.TopN
	Instruct string        // what "relevant" means; empty: Config.Instruct
	MinScore float64       // relevance (0..1) under which a judged hit is left out; 0: Config.MinScore
	Blend    float64       // weight of relevance against BM25, 0..1; 0: Config.Blend
	Deadline time.Duration // time that judging may take; 0: Config.Deadline
	Off      bool          // do not rerank this one: BM25 order

	Plain   bool             // Text is words and nothing else: no operators, no corrections
	Filters []query.Filter   // all must hold of a hit
	Facets  []retrieve.Facet // what to count over all that match
	Sort    query.Sort       // by a field, which leaves the model out; the zero value: by score
	Offset  int              // how many hits to leave out, for the pages after the first

	Highlights int // how many fragments each hit shows in Hit.Highlights; 0: none, and no Hit.TitleHTML

	NoSnippets bool // leave Hit.Snippet empty, for askers that show none
}

// An Answer is what a search says: never without hits for lack of a model. Its JSON form is the one of /api/search.
type Answer struct {
	Query  string `json:"query"`
	Hits   []Hit  `json:"hits"`   // never null
	Total  int    `json:"total"`  // documents that match; hits are those of them that were asked for
	Offset int    `json:"offset"` // how many hits come before these
	Rerank Rerank `json:"rerank"`
	Stats  Stats  `json:"stats"`

	Corrections []retrieve.Correction `json:"corrections,omitempty"` // words that nothing has, and what was searched for instead
	Facets      []retrieve.FacetCount `json:"facets,omitempty"`      // in the order in which they were asked for
}

// A Hit is one document of an answer. The two scores share no scale and are kept apart.
type Hit struct {
	ID      string         `json:"id"`
	Title   string         `json:"title"`
	URL     string         `json:"url"`               // with Anchor, if it has none of its own
	Section []string       `json:"section,omitempty"` // the headings above the passage that was found, the outermost first
	Anchor  string         `json:"anchor,omitempty"`  // where on the document's page that passage begins; empty: at its top, or not known
	Snippet string         `json:"snippet"`           // of that passage; HTML: escaped text, matches in <mark>
	Fields  map[string]any `json:"fields"`            // what else the document carries; never null
	BM25    BM25Score      `json:"bm25"`
	Rerank  *RerankScore   `json:"rerank"` // null: not judged
	Score   float64        `json:"score"`  // what the hits are sorted by, within their group: see Order

	TitleHTML  string   `json:"title_html,omitempty"` // Title with matches in <mark>, if Query.Highlights asks for any
	Highlights []string `json:"highlights,omitempty"` // fragments of the passage like Snippet, the best first
}

// A BM25Score is a hit's place before reranking.
type BM25Score struct {
	Rank  int     `json:"rank"`  // 1 is the best
	Score float64 `json:"score"` // unbounded
}

// A RerankScore is what the model said of a hit.
type RerankScore struct {
	Rank      int     `json:"rank"`      // among the judged, by logit; 1 is the best
	Relevance float64 `json:"relevance"` // 0..1
	Logit     float64 `json:"logit"`     // logit(yes) - logit(no)
}

// A Status tells what became of the reranking of one search.
type Status string

// The statuses. Every answer has one; all but OK come with a reason.
const (
	OK      Status = "ok"      // the whole window was judged, by the first model or a fallback
	Partial Status = "partial" // some of it was: judged hits first, the rest in BM25 order
	Skipped Status = "skipped" // judging could change nothing: no candidates, one, or an exact identifier (skip.go)
	Off     Status = "off"     // there is no model, or the query asked for none
	Failed  Status = "failed"  // nothing was judged: BM25 order
)

// Rerank reports on the second stage of one search.
type Rerank struct {
	Status   Status  `json:"status"`
	Reason   string  `json:"reason"`             // why it is not ok, for every model that was asked; empty if it is
	Model    string  `json:"model"`              // the one that judged: scores of two share no scale, so it is always one
	Fallback string  `json:"fallback,omitempty"` // why the models before that one did not judge; empty where it is the first
	Judged   int     `json:"judged"`             // candidates that have a relevance
	Window   int     `json:"window"`             // candidates that were to be judged
	TookMS   float64 `json:"took_ms"`            // wall clock, with what models took that did not judge
	Tokens   int     `json:"tokens"`             // prompt tokens that Model read, cached scores not counted
	Blend    float64 `json:"blend"`              // weight of relevance in Hit.Score; 0 where nothing was judged
}

// Stats tell where the time went.
type Stats struct {
	Candidates int     `json:"candidates"`  // documents that BM25 handed on
	CacheHits  int     `json:"cache_hits"`  // candidates whose score was known from an earlier search
	RetrieveMS float64 `json:"retrieve_ms"` // BM25
	RerankMS   float64 `json:"rerank_ms"`   // the model
	TotalMS    float64 `json:"total_ms"`
}

package dialect

import (
	"errors"
	"net/http"
)

// TEIBatch is how many texts a request in TEI's form may have, which its clients ask for at /info.
const TEIBatch = 1000

// tei is Hugging Face's text-embeddings-inference, known by its texts. Its answer is a list, and its errors have statuses of
// their own. LiteLLM sends a top_n beside the texts, though TEI has none, and hands on what comes.
//
//	{"query", "texts", "raw_scores", "return_text", "truncate"}
func tei() Form {
	return Form{
		Name:   "TEI",
		Limits: Limits{Documents: TEIBatch},
		key:    "texts",
		fits:   func(o *object) bool { return o.has("texts") },
		decode: func(o *object) Job {
			return Job{
				Model:           o.text("model"),
				Task:            task(o, "texts"),
				TopN:            o.count("top_n"),
				ReturnDocuments: o.flag("return_text", false),
				Raw:             o.flag("raw_scores", false),
				Whole:           !o.flag("truncate", true),
			}
		},
		encode: func(j Job, r Result) any {
			all := make([]teiItem, len(r.Scores))
			for i, s := range r.Scores {
				all[i] = teiItem{Index: s.Index, Score: j.value(s)}
				if j.ReturnDocuments {
					all[i].Text = &j.Task.Documents[s.Index]
				}
			}
			return all
		},
		refuse: teiRefuse,
	}
}

type teiItem struct {
	Index int     `json:"index"`
	Score float64 `json:"score"`
	Text  *string `json:"text,omitempty"`
}

func teiRefuse(b failure, err error) failure {
	switch {
	case errors.Is(err, errEmpty):
		b.ErrorType = "Empty"
	case b.status == http.StatusBadRequest:
		b.status, b.ErrorType = http.StatusUnprocessableEntity, "Validation"
	case b.status == http.StatusTooManyRequests:
		b.ErrorType = "Overloaded"
	case b.Code == "ModelUnavailable":
		b.ErrorType = "Unhealthy"
	case b.status >= http.StatusInternalServerError:
		b.status, b.ErrorType = http.StatusFailedDependency, "Backend"
	default:
		b.ErrorType = "Validation"
	}
	return b
}

package remote

import (
	"encoding/json"
	"fmt"
)

// flat is the form that most dialects share; more are the keys that one adds.
func flat(q question, more map[string]any) map[string]any {
	form := map[string]any{"query": q.query, "documents": q.documents}
	if q.model != "" {
		form["model"] = q.model
	}
	for key, value := range more {
		form[key] = value
	}
	return form
}

// An answer is what a server said to one question, in whichever form.
type answer struct {
	items  []item
	tokens int // read for the whole request; 0: it does not say
}

// An item is one document's score. What was absent or null is nil.
type item struct {
	Index     *int     `json:"index"`
	Relevance *float64 `json:"relevance_score"`
	Score     *float64 `json:"score"` // TEI's name for it
}

// A usage is what most servers add about tokens.
type usage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

// tokens returns what was read. A reranker writes nothing, so a total is a count of what it read.
func (u usage) tokens() int {
	if u.PromptTokens > 0 {
		return u.PromptTokens
	}
	return u.TotalTokens
}

// decodeResults reads {"results": [...], "usage": {...}, "meta": {"tokens": {...}}}.
func decodeResults(body []byte) (answer, error) {
	var form struct {
		Results *[]item `json:"results"`
		Usage   usage   `json:"usage"`
		Meta    struct {
			Tokens struct {
				Input float64 `json:"input_tokens"` // Cohere's schema has it as a number, not an integer
			} `json:"tokens"`
		} `json:"meta"`
	}
	if err := json.Unmarshal(body, &form); err != nil {
		return answer{}, err
	}
	if form.Results == nil {
		return answer{}, missing("results")
	}
	tokens := form.Usage.tokens()
	if tokens == 0 && form.Meta.Tokens.Input < maxTokens {
		tokens = int(form.Meta.Tokens.Input)
	}
	return answer{*form.Results, tokens}, nil
}

// decodeOutput reads {"output": {"results": [...]}, "usage": {...}}.
func decodeOutput(body []byte) (answer, error) {
	var form struct {
		Output struct {
			Results *[]item `json:"results"`
		} `json:"output"`
		Usage usage `json:"usage"`
	}
	if err := json.Unmarshal(body, &form); err != nil {
		return answer{}, err
	}
	if form.Output.Results == nil {
		return answer{}, missing("output.results")
	}
	return answer{*form.Output.Results, form.Usage.tokens()}, nil
}

// decodeData reads {"data": [...], "usage": {...}}.
func decodeData(body []byte) (answer, error) {
	var form struct {
		Data  *[]item `json:"data"`
		Usage usage   `json:"usage"`
	}
	if err := json.Unmarshal(body, &form); err != nil {
		return answer{}, err
	}
	if form.Data == nil {
		return answer{}, missing("data")
	}
	return answer{*form.Data, form.Usage.tokens()}, nil
}

// decodeList reads [{"index": 0, "score": 0.5}, ...].
func decodeList(body []byte) (answer, error) {
	var items *[]item
	if err := json.Unmarshal(body, &items); err != nil {
		return answer{}, err
	}
	if items == nil {
		return answer{}, missing("a list of scores")
	}
	return answer{items: *items}, nil
}

func missing(what string) error { return fmt.Errorf("it has no %s", what) }

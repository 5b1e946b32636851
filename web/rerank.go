package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/quern-search/quern/rerank"
)

// The bounds of a rerank request. Texts have none of their own: the model cuts a query or document that is too long.
const (
	maxDocuments  = 500      // as DashScope's qwen3-rerank has it
	maxRerankBody = 16 << 20 // that many documents of 4,000 tokens each, with room for JSON's escapes
)

// A rerankJob is what a rerank request asks, whatever the form in which it came.
type rerankJob struct {
	task            rerank.Task
	topN            int  // how many results to answer; 0: all
	returnDocuments bool // whether the answer repeats the texts
}

// check refuses what no form of request may ask.
func (j rerankJob) check() error {
	switch n := len(j.task.Documents); {
	case strings.TrimSpace(j.task.Query) == "":
		return invalid("query is empty: say what the documents are to answer")
	case n == 0:
		return invalid("documents is empty: give 1 to %d documents", maxDocuments)
	case n > maxDocuments:
		return invalid("documents has %d entries: give at most %d in one request", n, maxDocuments)
	case j.topN < 0:
		return invalid("top_n is %d: give a positive number, or 0 for all documents", j.topN)
	}
	return nil
}

// A rerankResult is the answer to a rerankJob, before it takes a form.
type rerankResult struct {
	scores []rerank.Score // the best first, at most topN
	tokens int            // read for all documents, not only for those in scores
	model  string         // by whom
}

// HeaderModel is the header of a rerank answer that names the model that judged: with fallbacks it may be another than the first, and some forms of answer
// have no field for it.
const HeaderModel = "Quern-Model"

// rerank runs a job on the models.
func (s *Server) rerank(ctx context.Context, j rerankJob) (rerankResult, error) {
	if len(s.models()) == 0 {
		return rerankResult{}, errNoModel
	}
	ctx, cancel := context.WithTimeout(ctx, maxWork)
	defer cancel()
	judged, err := s.cfg.Rerank.Rerank(ctx, j.task)
	if err != nil {
		if ctx.Err() != nil {
			return rerankResult{}, ctx.Err() // whatever the model makes of it
		}
		return rerankResult{}, modelError(err)
	}
	r := rerankResult{judged.Scores, judged.Tokens, judged.Model.Name}
	if j.topN > 0 {
		r.scores = r.scores[:min(j.topN, len(r.scores))]
	}
	return r, nil
}

// modelError hides what kind of error a model gave, which is about the model's own requests, not about this one.
func modelError(err error) error {
	if errors.Is(err, rerank.ErrBadScore) {
		return fmt.Errorf("%w: %w", errModel, err)
	}
	return fmt.Errorf("%w: %s", errModel, err)
}

// rerankFlat is POST /v1/rerank: a flat request, an answer in DashScope's own form.
func (s *Server) rerankFlat(c echo.Context) error {
	body, err := readBody(c, maxRerankBody)
	if err != nil {
		return err
	}
	job, err := decodeFlat(body)
	if err != nil {
		return err
	}
	result, err := s.rerank(c.Request().Context(), job)
	if err != nil {
		return err
	}
	c.Response().Header().Set(HeaderModel, result.model)
	return writeJSON(c, http.StatusOK, encodeOutput(requestID(c), job, result))
}

// A flatRequest has everything at the top. Any model name is taken: clients send the names of other services.
type flatRequest struct {
	Model           string    `json:"model"`
	Query           string    `json:"query"`
	Documents       []*string `json:"documents"`
	TopN            int       `json:"top_n"` // null or 0: all
	Instruct        string    `json:"instruct"`
	ReturnDocuments looseBool `json:"return_documents"`
}

// A looseBool is a boolean that may come as a string, as some clients send it.
type looseBool bool

// UnmarshalJSON implements [json.Unmarshaler].
func (b *looseBool) UnmarshalJSON(data []byte) error {
	switch text := strings.ToLower(strings.Trim(string(data), `"`)); text {
	case "true", "false", "null":
		*b = text == "true"
		return nil
	}
	return fmt.Errorf("%.40s stands where true or false should", data)
}

// decodeFlat reads a flat request.
func decodeFlat(body []byte) (rerankJob, error) {
	var r flatRequest
	if err := parseJSON(body, &r); err != nil {
		return rerankJob{}, err
	}
	j := rerankJob{rerank.Task{Query: r.Query, Instruct: r.Instruct}, r.TopN, bool(r.ReturnDocuments)}
	for i, d := range r.Documents {
		if d == nil {
			return rerankJob{}, invalid("documents[%d] is null: give a string", i)
		}
		j.task.Documents = append(j.task.Documents, *d)
	}
	return j, j.check()
}

// An outputAnswer is DashScope's own form of an answer.
type outputAnswer struct {
	RequestID string `json:"request_id"`
	Output    struct {
		Results []outputResult `json:"results"`
	} `json:"output"`
	Usage struct {
		TotalTokens int `json:"total_tokens"`
	} `json:"usage"`
}

type outputResult struct {
	Index          int             `json:"index"` // in the request
	RelevanceScore float64         `json:"relevance_score"`
	Document       *outputDocument `json:"document,omitempty"` // only where the request asked for it
}

type outputDocument struct {
	Text string `json:"text"`
}

// encodeOutput gives a result DashScope's form.
func encodeOutput(requestID string, j rerankJob, r rerankResult) outputAnswer {
	a := outputAnswer{RequestID: requestID}
	a.Usage.TotalTokens = r.tokens
	a.Output.Results = make([]outputResult, len(r.scores))
	for i, s := range r.scores {
		a.Output.Results[i] = outputResult{Index: s.Index, RelevanceScore: s.Relevance()}
		if j.returnDocuments {
			a.Output.Results[i].Document = &outputDocument{j.task.Documents[s.Index]}
		}
	}
	return a
}

package web

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/web/dialect"
)

// What clients of the rerank API ask before they use it: which models there are, and what TEI and Xinference would say of
// themselves.

// A modelEntry is a model as OpenAI's clients list it, with what those of Infinity (capabilities), vLLM (max_model_len) and
// Xinference (model_type, model_name) look for.
type modelEntry struct {
	ID           string   `json:"id"`
	Object       string   `json:"object"`
	Created      int64    `json:"created"` // not known
	OwnedBy      string   `json:"owned_by"`
	MaxLen       int      `json:"max_model_len,omitempty"` // tokens of a prompt; absent: unknown
	Capabilities []string `json:"capabilities"`
	Type         string   `json:"model_type"`
	Name         string   `json:"model_name"`
}

func entryOf(m rerank.Model) modelEntry {
	const kind = "rerank"
	return modelEntry{ID: m.Name, Object: "model", OwnedBy: "quern", MaxLen: m.Context, Capabilities: []string{kind}, Type: kind, Name: m.Name}
}

// listModels is GET /v1/models.
func (s *Server) listModels(c echo.Context) error {
	entries := []modelEntry{}
	for _, m := range s.models() {
		entries = append(entries, entryOf(m))
	}
	return writeJSON(c, http.StatusOK, struct {
		Object string       `json:"object"`
		Data   []modelEntry `json:"data"`
	}{"list", entries})
}

// showModel is GET /v1/models/NAME. Any name means the first model, as in requests, unless Config.StrictModels is set.
func (s *Server) showModel(c echo.Context) error {
	name, models := strings.TrimPrefix(c.Request().URL.Path, "/v1/models/"), s.models()
	for _, m := range models {
		if isCalled(m, name) {
			return writeJSON(c, http.StatusOK, entryOf(m))
		}
	}
	if len(models) == 0 || s.cfg.StrictModels {
		return fmt.Errorf("%w: the model is %.80q: see /v1/models", errNoSuch, name)
	}
	return writeJSON(c, http.StatusOK, entryOf(models[0]))
}

// clusterAuth is GET /v1/cluster/auth, which Xinference's client asks first: only then does it send its key.
func (s *Server) clusterAuth(c echo.Context) error {
	return writeJSON(c, http.StatusOK, struct {
		Auth bool `json:"auth"`
	}{true})
}

// unknownContext is what clients are told that a model reads, in tokens, where nobody knows: what Qwen3-Rerankers are mostly
// run with.
const unknownContext = 8192

// info is GET /info, in TEI's form: its clients learn from it that this is a reranker, and how much to send at once.
func (s *Server) info(c echo.Context) error {
	models := s.models()
	if len(models) == 0 {
		return errNoModel
	}
	type labels struct {
		ID2Label map[string]string `json:"id2label"`
		Label2ID map[string]int    `json:"label2id"`
	}
	return writeJSON(c, http.StatusOK, struct {
		ModelID            string            `json:"model_id"`
		ModelType          map[string]labels `json:"model_type"`
		MaxInputLength     int               `json:"max_input_length"`
		MaxClientBatchSize int               `json:"max_client_batch_size"`
		AutoTruncate       bool              `json:"auto_truncate"`
		Version            string            `json:"version"`
	}{models[0].Name, map[string]labels{"reranker": {map[string]string{"0": "LABEL_0"}, map[string]int{"LABEL_0": 0}}},
		cmp.Or(models[0].Context, unknownContext), dialect.TEIBatch, true, s.cfg.Version})
}

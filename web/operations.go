package web

import (
	"net/http"
	"runtime"

	"github.com/labstack/echo/v4"

	"github.com/quern-search/quern/rerank"
)

// healthz answers as long as the process can; it looks at nothing else, since restarting would mend nothing else.
func (s *Server) healthz(c echo.Context) error {
	return c.String(http.StatusOK, "ok\n")
}

// A readiness says whether searches can be answered, and by what.
type readiness struct {
	Status    string     `json:"status"`           // "ready" or "not ready"
	Reason    string     `json:"reason,omitempty"` // why not
	Documents int        `json:"documents"`
	Model     modelState `json:"model"`
	Fallback  []string   `json:"fallback,omitempty"` // the models that judge when that one does not, by name
}

type modelState struct {
	State string `json:"state"` // "ready", "unverified" or "none"; a search is answered in each
	Name  string `json:"name,omitempty"`
	Kind  string `json:"kind,omitempty"`
	Note  string `json:"note,omitempty"`
}

// readyz answers 200 when searches can be answered, else 503.
func (s *Server) readyz(c echo.Context) error {
	r := readiness{Status: "ready", Model: modelState{State: "none", Note: s.cfg.ModelNote}}
	for i, m := range s.models() {
		if i == 0 {
			r.Model = s.modelState(m)
		} else {
			r.Fallback = append(r.Fallback, m.Name)
		}
	}
	status := http.StatusOK
	var err error
	if r.Documents, err = s.cfg.Documents.Count(); err != nil {
		c.Set(errorKey, err)
		status = http.StatusServiceUnavailable
		r.Status, r.Reason = "not ready", "the index cannot be read"
	}
	return writeJSON(c, status, r)
}

func (s *Server) modelState(m rerank.Model) modelState {
	state := "ready"
	if s.cfg.ModelNote != "" {
		state = "unverified"
	}
	return modelState{state, m.Name, m.Kind, s.cfg.ModelNote}
}

// version says which program this is.
func (s *Server) version(c echo.Context) error {
	return writeJSON(c, http.StatusOK, struct {
		Version string `json:"version"`
		Go      string `json:"go"`
	}{s.cfg.Version, runtime.Version()})
}

package web

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"
)

// maxSearchBody bounds the body of POST /api/search in bytes: two texts of maxText, each character at its longest as
// JSON (twelve bytes, a pair of \u escapes).
const maxSearchBody = 4 << 20

// apiSearchGet is GET /api/search?q=…: see searchRequest for the parameters. It answers a pipeline.Answer as JSON.
func (s *Server) apiSearchGet(c echo.Context) error {
	r, err := parseSearch(c.Request().URL.RawQuery)
	if err != nil {
		return err
	}
	return s.answer(c, r)
}

// apiSearchPost is the same with a JSON object in the body.
func (s *Server) apiSearchPost(c echo.Context) error {
	body, err := readBody(c, maxSearchBody)
	if err != nil {
		return err
	}
	var r searchRequest
	if err := parseJSON(body, &r); err != nil {
		return err
	}
	return s.answer(c, r)
}

func (s *Server) answer(c echo.Context, r searchRequest) error {
	a, err := s.search(c.Request().Context(), r)
	if err != nil {
		return err
	}
	return writeJSON(c, http.StatusOK, a)
}

// marshal is json.Marshal without the escapes that HTML would need, with a newline at the end.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return b.Bytes(), err
}

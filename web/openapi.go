package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// openapi is GET /openapi.yaml: the description of every path, for programs. Tests hold each answer of a handler against it.
func (s *Server) openapi(c echo.Context) error {
	data, err := files.ReadFile("openapi.yaml")
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/yaml", data) // RFC 9512
}

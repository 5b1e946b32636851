package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"

	"github.com/labstack/echo/v4"
)

//go:embed static templates openapi.yaml
var files embed.FS

// An asset is a static file and a hash of it, which its address carries: browsers keep it for ever, and fetch it anew
// when a new version of the program has another.
type asset struct {
	data    []byte
	kind    string // content type
	version string
}

func loadStatic() (map[string]asset, error) {
	assets := map[string]asset{}
	err := fs.WalkDir(files, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(name)
		sum := sha256.Sum256(data)
		assets[path.Base(name)] = asset{data, contentType(name), hex.EncodeToString(sum[:6])}
		return err
	})
	return assets, err
}

// contentType knows the kinds of file there are by itself: package mime would ask the machine, and machines differ.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return echo.MIMEOctetStream
}

// asset serves a static file.
func (s *Server) asset(c echo.Context) error {
	a, ok := s.static[c.Param("*")]
	if !ok {
		return echo.ErrNotFound
	}
	if c.QueryParam("v") == a.version {
		c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	return c.Blob(http.StatusOK, a.kind, a.data)
}

// loadPages parses the templates: one set a page, each with the frame that all have.
func loadPages(assets map[string]asset) (map[string]*template.Template, error) {
	frame, err := template.New("frame.html").Funcs(template.FuncMap{
		"asset": func(name string) string { return "/static/" + name + "?v=" + assets[name].version },
	}).ParseFS(files, "templates/frame.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range []string{"search", "document", "message", "api"} {
		page, err := frame.Clone()
		if err == nil {
			page, err = page.ParseFS(files, "templates/"+name+".html")
		}
		if err != nil {
			return nil, err
		}
		pages[name] = page
	}
	return pages, nil
}

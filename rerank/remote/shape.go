package remote

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// searchShapes sends two short documents in the two common forms to the usual paths.
func searchShapes(ctx context.Context, w wire, u *url.URL, model string, asked *trail) (finding, error) {
	q := question{model: model, query: "tea", documents: []string{"Tea is a drink.", "Chess is a game."}}
	places := []*url.URL{endpoint(u, "/v1/rerank")}
	if !isEndpoint(u) {
		places = append(places, endpoint(u, "/rerank"))
	}
	for _, place := range places {
		for _, d := range []dialect{jina(), tei()} {
			body, err := json.Marshal(d.encode(q))
			if err != nil {
				return finding{}, err
			}
			r, err := w.send(ctx, http.MethodPost, place, body)
			if err == nil {
				if name := shape(r.body, len(q.documents)); name != "" {
					d, err := dialectNamed(name)
					return finding{dialect: d, endpoint: place, shape: true}, err
				}
			}
			if asked.add("POST "+place.Path+" as "+d.name, err); asked.stop != nil {
				return finding{}, asked.stop
			}
		}
	}
	return finding{}, nil
}

// shape returns the dialect that answers n documents like this, empty if none does.
func shape(body []byte, n int) string {
	for _, d := range []dialect{quern(), jina(), voyage(), tei()} {
		a, err := d.decode(body)
		if err != nil || len(a.items) != n || slices.ContainsFunc(a.items, func(i item) bool { return i.Index == nil || i.value() == nil }) {
			continue
		}
		var mark struct {
			Object string `json:"object"`
			ID     string `json:"id"`
		}
		if json.Unmarshal(body, &mark) == nil && (mark.Object == "rerank" || strings.HasPrefix(mark.ID, "infinity-")) {
			return "infinity"
		}
		return d.name
	}
	return ""
}

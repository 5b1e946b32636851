package eval

import "encoding/json"

// textOf finds what is searched for: the first text under the key "query" of the request, as match, multi_match and
// query_string have it, else the text of a match that is written short, {"match": {"field": "text"}}, else the only text
// among the parameters of a template. Empty where there is none of these.
func textOf(r rankRequest) string {
	var request any
	if json.Unmarshal(r.Request, &request) == nil {
		if text := textUnder(request, "query"); text != "" {
			return text
		}
		if text := textUnder(request, "match"); text != "" {
			return text
		}
	}
	var params map[string]any
	if json.Unmarshal(r.Params, &params) != nil {
		return ""
	}
	var texts []string
	for _, v := range params {
		if text, ok := v.(string); ok {
			texts = append(texts, text)
		}
	}
	if len(texts) != 1 {
		return ""
	}
	return texts[0]
}

// textUnder returns the text that a key has in v, or that the one field has of the object that it has.
func textUnder(v any, key string) string {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			if text := textUnder(one, key); text != "" {
				return text
			}
		}
	case map[string]any:
		switch under := v[key].(type) {
		case string:
			return under
		case map[string]any:
			for _, one := range under {
				if text, ok := one.(string); ok && len(under) == 1 && key == "match" {
					return text
				}
			}
		}
		for _, name := range sortedKeys(v) {
			if text := textUnder(v[name], key); text != "" {
				return text
			}
		}
	}
	return ""
}

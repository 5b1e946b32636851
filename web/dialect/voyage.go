package dialect

// voyage is Voyage's and MongoDB's, known by its top_k: documents come back as strings.
//
//	{"model", "query", "documents", "top_k", "return_documents", "truncation"}
func voyage() Form {
	return Form{
		Name:   "Voyage",
		Limits: Limits{Documents: 1000, Query: 8000, Document: 24_000, Request: 600_000}, // 32,000 a pair
		fits:   func(o *object) bool { return o.has("top_k") || o.has("truncation") },
		decode: func(o *object) Job {
			j := decodeFlat(o)
			j.Whole = !o.flag("truncation", true)
			return j
		},
		encode: superset(asString),
	}
}

// fireworks is the address of Fireworks, which calls the instruction a task.
func fireworks() Form {
	return Form{Name: "Fireworks", Limits: Limits{Documents: 1000}, decode: decodeFlat, encode: superset(asString)}
}

// prime is the address of Prime Intellect, which calls the instruction so.
func prime() Form {
	return Form{Name: "Prime Intellect", Limits: Limits{Documents: 1000}, decode: decodeFlat, encode: superset(asObject)}
}

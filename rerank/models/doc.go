// Package models keeps models on this machine: a [Store] is a folder of models that were fetched once and are used
// offline from then on, and [Store.Pull] fetches one, from Hugging Face or from any URL.
//
// A model is in the store when all of it is there and its checksums are right. Until then what has come lies in a folder
// beside, from which a later pull goes on. A checksum is one that was known beforehand (the catalogue's or the
// caller's), or else the one that Hugging Face states for each of its files; where there is neither, a Progress says so,
// and only the lengths and the form of the file speak for it.
//
// How to read it: source.go says where a model may come from, catalogue.go has those that are known to work, store.go is
// the folder, with a record.go for each model in it. pull.go fetches a model: hub.go finds out which files it has
// (listing.go), begun.go keeps what is known of them, fetch.go brings one in as many attempts as it takes (persist.go),
// attempt.go makes one of these and meet.go makes sense of the answer, request.go follows redirects, and trouble.go says
// what a refusal means.
package models

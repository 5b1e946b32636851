package models

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// A listing is what the hub says of a repository: https://huggingface.co/docs/hub/api, GET
// /api/models/{repo}/revision/{revision}?blobs=true.
type listing struct {
	Commit   string  `json:"sha"`
	Files    []entry `json:"siblings"`
	CardData struct {
		License any `json:"license"` // a string, or a list where there are several
	} `json:"cardData"`
}

// An entry is a file of a repository.
type entry struct {
	Path string `json:"rfilename"`
	Size *int64 `json:"size"`
	Blob string `json:"blobId"` // git's name of the content
	LFS  *struct {
		SHA256 string `json:"sha256"`
		Size   int64  `json:"size"`
	} `json:"lfs"` // of a file in the large file storage, for which Blob names the pointer to it
}

// parseListing reads the hub's list of a repository's files.
func parseListing(data []byte) (listing, error) {
	var l listing
	if err := json.Unmarshal(data, &l); err != nil {
		return l, err
	}
	if !isPart(l.Commit) {
		return l, errors.New("it names no commit")
	}
	seen := map[string]bool{}
	for _, e := range l.Files {
		if seen[e.Path] {
			return l, fmt.Errorf("it names %q twice", e.Path)
		}
		seen[e.Path] = true
	}
	return l, nil
}

// choose takes the files that a source means.
func (l listing) choose(src Source) (remoteModel, error) {
	m := remoteModel{commit: l.Commit}
	m.licence, _ = l.CardData.License.(string)
	var chosen []entry
	if src.Quant == "" && l.has("config.json") {
		m.name, chosen = nameOf(src.Repo), l.safetensors()
		if len(chosen) == 0 {
			return m, fmt.Errorf("%s has config.json, but not tokenizer.json and weights in safetensors: %s", src.Repo, l.offer(src))
		}
	} else {
		found := l.ggufs(src.Quant)
		if len(found) != 1 {
			return m, fmt.Errorf("%s has %d GGUF files%s: %s", src.Repo, len(found), of(src.Quant), l.offer(src))
		}
		m.name, chosen = nameOf(found[0].Path), found
	}
	for _, e := range chosen {
		f := remoteFile{name: e.Path, url: &url.URL{Path: e.Path}, size: -1, sum: sumOf(e.Blob)}
		if e.Size != nil {
			f.size = *e.Size
		}
		if e.LFS != nil {
			f.size, f.sum = e.LFS.Size, sumOf(e.LFS.SHA256)
		}
		if strings.HasSuffix(e.Path, ".gguf") {
			f.name = ggufName(e.Path)
		}
		m.files = append(m.files, f)
	}
	return m, nil
}

func of(quant string) string {
	if quant == "" {
		return ""
	}
	return " in " + quant
}

func (l listing) has(file string) bool {
	return slices.ContainsFunc(l.Files, func(e entry) bool { return e.Path == file })
}

// safetensors lists the files that make a model of that form; none unless all are there. They lie at the repository's top.
func (l listing) safetensors() (chosen []entry) {
	weights := false
	for _, e := range l.Files {
		isWeights := strings.HasSuffix(e.Path, ".safetensors")
		if isFileName(e.Path) && (isWeights || e.Path == "config.json" || e.Path == "tokenizer.json" || strings.HasSuffix(e.Path, ".safetensors.index.json")) {
			chosen = append(chosen, e)
			weights = weights || isWeights
		}
	}
	if !weights || !l.has("tokenizer.json") {
		return nil
	}
	return chosen
}

// ggufs lists the GGUF files that hold a whole model with weights in some form, or in any.
func (l listing) ggufs(quant string) (found []entry) {
	for _, e := range l.Files {
		stem, is := strings.CutSuffix(e.Path, ".gguf")
		if !is || !isFile(e.Path) || strings.Contains(stem, "-of-") || !endsIn(path.Base(stem), quant) {
			continue
		}
		found = append(found, e)
	}
	return found
}

// endsIn tells a name whose last part is a word, in upper or lower case: "model-Q4_K_M" ends in "q4_k_m", not in "k_m".
func endsIn(name, word string) bool {
	if word == "" {
		return true
	}
	before := len(name) - len(word)
	return before >= 0 && strings.EqualFold(name[before:], word) && (before == 0 || name[before-1] == '-' || name[before-1] == '.')
}

// maxOffered bounds how many files a message names.
const maxOffered = 12

// offer names what could be taken instead.
func (l listing) offer(src Source) string {
	var names []string
	for _, e := range l.ggufs("") {
		names = append(names, e.Path)
	}
	switch {
	case len(names) == 0:
		return "take a repository with a GGUF, or with config.json, tokenizer.json and model.safetensors"
	case len(names) > maxOffered:
		names = append(names[:maxOffered], "...")
	}
	return "name one of its files after hf:" + src.Repo + "/: " + strings.Join(names, ", ")
}

// ggufName is what a GGUF is called in the store: as where it comes from, if that can be.
func ggufName(from string) string {
	if name := path.Base(from); isFileName(name) && strings.HasSuffix(name, ".gguf") {
		return name
	}
	return "model.gguf"
}

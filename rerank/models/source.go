package models

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// A Source is where a model comes from: a repository of Hugging Face (Repo is not empty), or a URL.
type Source struct {
	Repo     string   // "owner/name"
	Revision string   // branch, tag or commit; empty: main
	File     string   // path in the repository; empty: the safetensors model that it is, or its one GGUF
	Quant    string   // instead of File: how the GGUF stores weights, such as "Q8_0"
	URL      *url.URL // of a GGUF anywhere else
	SHA256   string   // checksum of the one file, in hexadecimal; empty: the one that Hugging Face states, if it does
}

const (
	hubPrefix = "hf:"
	mainName  = "main" // the revision that is meant where none is named
	// sourceForms tells people how a source is written.
	sourceForms = "give hf:owner/repo/file.gguf, hf:owner/repo:Q8_0, hf:owner/repo, or an http(s) URL"
)

// Parse reads a source: "hf:owner/repo/file.gguf", "hf:owner/repo:Q8_0" or "hf:owner/repo", each perhaps with
// "@revision", or a URL. A link to a page of huggingface.co means the file or the repository that it shows. All may end in
// "#sha256=" and a checksum.
func Parse(text string) (Source, error) {
	s, err := parse(text)
	if err != nil {
		return Source{}, fmt.Errorf("models: source %q: %w", text, err)
	}
	return s, nil
}

func parse(text string) (s Source, err error) {
	base, fragment, found := strings.Cut(text, "#")
	if found {
		sum, is := strings.CutPrefix(fragment, "sha256=")
		if s.SHA256 = strings.ToLower(sum); !is || !isSHA256(s.SHA256) {
			return s, fmt.Errorf("what follows # is the file's checksum: give #sha256= and 64 hexadecimal digits")
		}
	}
	if rest, is := strings.CutPrefix(base, hubPrefix); is {
		return s, s.parseHub(rest)
	}
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return s, errors.New(sourceForms)
	case u.User != nil:
		return s, errors.New("it holds a user name or a password, which would be stored and shown: leave it out")
	}
	if s.isPage(u) {
		return s, s.check()
	}
	s.URL = u
	return s, nil
}

// parseHub reads "owner/repo", what is meant of it, and the revision.
func (s *Source) parseHub(text string) error {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		if text, s.Revision = text[:at], text[at+1:]; s.Revision == "" {
			return errors.New("nothing follows @: give a branch, a tag or a commit")
		}
	}
	parts := strings.SplitN(text, "/", 3)
	if len(parts) < 2 {
		return errors.New(sourceForms)
	}
	var asked bool
	if len(parts) == 3 {
		s.File = parts[2]
	} else if parts[1], s.Quant, asked = strings.Cut(parts[1], ":"); asked && s.Quant == "" {
		return errors.New("nothing follows the colon: give the form of the weights, such as Q8_0")
	}
	s.Repo = parts[0] + "/" + parts[1]
	if len(parts) == 3 && s.File == "" {
		return errors.New("nothing follows the last slash: name a file, or leave the slash out")
	}
	return s.check()
}

// isPage tells a link to huggingface.co, and takes what it shows: a repository, a folder or a file of it.
func (s *Source) isPage(u *url.URL) bool {
	if u.Host != "huggingface.co" && u.Host != "hf.co" {
		return false
	}
	parts := strings.SplitN(strings.Trim(u.Path, "/"), "/", 5)
	switch {
	case len(parts) == 2:
	case len(parts) == 4 && parts[2] == "tree":
		s.Revision = parts[3]
	case len(parts) == 5 && slices.Contains([]string{"resolve", "blob", "raw"}, parts[2]):
		s.Revision, s.File = parts[3], parts[4]
	default:
		return false
	}
	s.Repo = parts[0] + "/" + parts[1]
	return true
}

// check refuses what cannot be in a repository, and could else lead a request somewhere else. A Revision of main is as
// good as none.
func (s *Source) check() error {
	if s.Revision == mainName {
		s.Revision = ""
	}
	owner, repo, _ := strings.Cut(s.Repo, "/")
	switch {
	case !isPart(owner) || !isPart(repo):
		return fmt.Errorf("%q is no repository: give owner/repo", s.Repo)
	case s.Revision != "" && slices.ContainsFunc(strings.Split(s.Revision, "/"), func(p string) bool { return !isPart(p) }):
		return fmt.Errorf("%q is no revision: give a branch, a tag or a commit", s.Revision)
	case s.Quant != "" && !isPart(s.Quant):
		return fmt.Errorf("%q is no form of weights: give one such as Q8_0", s.Quant)
	case s.File != "" && !isFile(s.File):
		return fmt.Errorf("%q is no file of a repository", s.File)
	case s.SHA256 != "" && s.File == "" && s.Quant == "":
		return errors.New("a checksum is that of one file: name the file too")
	}
	return nil
}

// isPart tells a name that Hugging Face gives to owners, repositories and revisions.
func isPart(s string) bool {
	return isPlain(strings.Trim(s, "_")) && !strings.Contains(s, "..")
}

// isFile tells a path below a folder, whose parts are names that can be shown.
func isFile(s string) bool {
	for part := range strings.SplitSeq(s, "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }) {
			return false
		}
	}
	return true
}

func isSHA256(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32
}

// String writes the source as Parse reads it, without the checksum, and a URL without its query: that may hold a
// secret.
func (s Source) String() string {
	if s.Repo == "" {
		if s.URL == nil {
			return ""
		}
		return (&url.URL{Scheme: s.URL.Scheme, Host: s.URL.Host, Path: s.URL.Path, RawPath: s.URL.RawPath}).String()
	}
	text := hubPrefix + s.Repo
	switch {
	case s.File != "":
		text += "/" + s.File
	case s.Quant != "":
		text += ":" + s.Quant
	}
	revision := s.Revision
	if revision == "" && strings.Contains(s.File, "@") {
		revision = mainName
	}
	if revision != "" {
		text += "@" + revision
	}
	return text
}

// name is what the model is called where nobody calls it otherwise; empty where only its repository's list of files
// tells, or nothing does.
func (s Source) name() string {
	switch {
	case s.File != "":
		return nameOf(s.File)
	case s.Repo == "":
		return nameOf(path.Base(s.URL.Path))
	}
	return ""
}

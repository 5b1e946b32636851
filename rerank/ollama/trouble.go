package ollama

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ollama/ollama/api"
	ollama "github.com/ollama/ollama/types/model"
	"golang.org/x/mod/semver"
)

// What can be wrong with a server or a model. The error around each says what to do about it.
var (
	ErrUnreachable = errors.New("no Ollama server answers")              // it may come up later
	ErrNotPulled   = errors.New("the server does not have this model")   // see [Pull]
	ErrTooOld      = errors.New("the server gives no log probabilities") // before 0.12.11
	ErrClassifier  = errors.New("the file is a classifier, which Ollama cannot ask")
	ErrNotReranker = errors.New("the model is no Qwen3-Reranker")
)

// firstWithLogprobs is the release that brought log probabilities to /api/generate.
const firstWithLogprobs = "0.12.11"

// version asks for the server's version, and refuses one that cannot do what is needed. A server built without a
// version calls itself 0.0.0 and is taken at its word only later, when it answers.
func (c *Client) version(ctx context.Context) (string, error) {
	version, err := c.api.Version(ctx)
	var status api.StatusError
	if errors.As(err, &status) && status.StatusCode >= http.StatusBadGateway && status.StatusCode <= http.StatusGatewayTimeout {
		return "", fmt.Errorf("%w (status %d of a proxy): start it behind that", ErrUnreachable, status.StatusCode)
	}
	if errors.As(err, &status) {
		return "", fmt.Errorf("status %d: is this the address of something else than Ollama?", status.StatusCode)
	}
	if err != nil {
		return "", explain(err)
	}
	v := "v" + version
	if semver.IsValid(v) && version != "0.0.0" && semver.Compare(v, "v"+firstWithLogprobs) < 0 {
		return "", fmt.Errorf("%w: it is version %s: update Ollama to %s or later", ErrTooOld, version, firstWithLogprobs)
	}
	return version, nil
}

// usable tells by what the server says of a model whether it can be asked at all.
func usable(show *api.ShowResponse) error {
	if show.RemoteModel != "" {
		return fmt.Errorf("%w: it is %q in the cloud at %s, which gives no log probabilities of raw prompts: pull a model that runs on the server itself", ErrNotReranker, show.RemoteModel, show.RemoteHost)
	}
	info := metadata(show.ModelInfo)
	answers := len(show.Capabilities) == 0 || slices.Contains(show.Capabilities, ollama.CapabilityCompletion)
	switch arch := info.text("general.architecture"); {
	case arch != architecture:
		return fmt.Errorf("%w: it is a chat or embedding model of architecture %q: %s", ErrNotReranker, arch, takeAnother)
	case answers:
		return nil
	case info.number(architecture+".pooling_type") == poolingByRank:
		return fmt.Errorf("%w (it has %v only): open it in process instead: --model %s", ErrClassifier, show.Capabilities, cmp.Or(blob(show), "FILE.gguf"))
	}
	return fmt.Errorf("%w: it is an embedding model: %s", ErrNotReranker, takeAnother)
}

const (
	// poolingByRank is how GGUF marks a classifier, as opposed to a model that embeds.
	poolingByRank = 4
	takeAnother   = "pull one made for reranking, such as dengcao/Qwen3-Reranker-0.6B"
)

// explainShow says what it means that a model cannot be shown, and names those that can.
func (c *Client) explainShow(ctx context.Context, err error) error {
	var status api.StatusError
	if !errors.As(err, &status) || status.StatusCode != http.StatusNotFound {
		return explain(err)
	}
	hint := "pull it: ollama pull " + c.cfg.Model
	if list, err := c.api.List(ctx); err == nil {
		var near []string
		for _, m := range list.Models {
			if strings.Contains(strings.ToLower(m.Name), "rerank") || m.Details.Family == architecture {
				near = append(near, m.Name)
			}
		}
		if len(near) > 0 {
			hint += ", or take one that it has: " + strings.Join(near, ", ")
		}
	}
	return fmt.Errorf("%w: %s", ErrNotPulled, hint)
}

// explain turns what the client library says into what a person can act on.
func explain(err error) error {
	var dial *net.OpError
	var lookup *net.DNSError
	var wrapped *url.Error
	var status api.StatusError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case isUntrusted(err):
		return fmt.Errorf("its certificate is not trusted: %w", cause(err))
	case errors.As(err, &lookup), errors.As(err, &dial) && dial.Op == "dial":
		return fmt.Errorf("%w (%w): start it (ollama serve), or say in OLLAMA_HOST where it runs", ErrUnreachable, cause(err))
	case errors.As(err, &status) && status.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%w any more: pull it again (%s)", ErrNotPulled, status.ErrorMessage)
	case errors.As(err, &status):
		return fmt.Errorf("status %d: %s", status.StatusCode, status.ErrorMessage)
	case errors.As(err, &wrapped), errors.Is(err, errNoAnswer):
		return fmt.Errorf("%w any more (%w): it went away during a request: look at its log", ErrUnreachable, cause(err))
	}
	return fmt.Errorf("%w: is this the address of something else than Ollama?", err)
}

// isUntrusted tells a server that answers but cannot show who it is: waiting for it does not help.
func isUntrusted(err error) bool { return errors.As(err, new(*tls.CertificateVerificationError)) }

// cause leaves out of an error what stands in front of the reason: the request, and the address that was dialled.
func cause(err error) error {
	var dial *net.OpError
	var wrapped *url.Error
	switch {
	case errors.As(err, &dial):
		return dial.Err
	case errors.As(err, &wrapped):
		return wrapped.Err
	}
	return err
}

// blob is the path of the model's file on the server's machine, as the Modelfile has it; empty where it has none.
func blob(show *api.ShowResponse) string {
	for line := range strings.Lines(show.Modelfile) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "FROM "); ok && strings.Contains(path, "blobs") {
			return path
		}
	}
	return ""
}

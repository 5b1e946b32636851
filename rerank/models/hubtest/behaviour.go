package hubtest

import (
	"fmt"
	"io"
	"net/http"
)

// Status refuses a request, with headers such as "Retry-After: 1".
func Status(status int, header ...string) Behaviour {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
		})
	}
}

// BreakOff breaks the connection after some bytes of the body.
func BreakOff(bytes int) Behaviour {
	return cut(bytes, func(*http.Request) { panic(http.ErrAbortHandler) })
}

// Hold sends some bytes of the body, and then nothing until the client goes away.
func Hold(bytes int) Behaviour {
	return cut(bytes, func(r *http.Request) {
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})
}

// cut sends some bytes of the body, and does something else then.
func cut(bytes int, then func(*http.Request)) Behaviour {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(&cutter{w, bytes, func() { then(r) }}, r)
		})
	}
}

type cutter struct {
	http.ResponseWriter
	left int
	then func()
}

func (c *cutter) Write(p []byte) (int, error) {
	if len(p) <= c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.left])
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	c.then()
	return c.left, io.ErrShortWrite
}

// Ignore leaves a header of the request out before the answer is made: "Range" for a server that knows no ranges,
// "If-Range" for one that does not look whether the file is the same.
func Ignore(header string) Behaviour {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Header.Del(header)
			next.ServeHTTP(w, r)
		})
	}
}

// Body answers with a text.
func Body(contentType, text string) Behaviour {
	return func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			fmt.Fprint(w, text)
		})
	}
}

package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// httpMain is the program `http` of the scripts: it prints the status and the body of one answer.
//
//	exec http GET $URL/healthz
//	exec http POST $URL/v1/rerank body.json
//	exec http -key SECRET PUT $URL/api/documents body.json
//	exec http -header 'Origin: https://shop.example.com' GET $URL/healthz
//	exec http -trust cert.pem GET $URL/healthz
//	exec http -key @FILE -until 401 GET $URL/version    # asks again until the status is that
func httpMain() {
	if err := httpOf(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "http:", err)
		os.Exit(1)
	}
}

func httpOf(w io.Writer, args []string) error {
	options := flag.NewFlagSet("http", flag.ContinueOnError)
	key := options.String("key", "", "")
	trust := options.String("trust", "", "")
	until := options.String("until", "", "")
	header := http.Header{"Content-Type": {"application/json"}}
	options.Func("header", "", func(line string) error {
		name, value, _ := strings.Cut(line, ": ")
		header.Set(name, value)
		return nil
	})
	if err := options.Parse(args); err != nil {
		return err
	}
	if args = options.Args(); len(args) < 2 {
		return fmt.Errorf("usage: http [-key SECRET] [-header LINE] [-trust FILE] [-until STATUS] METHOD URL [FILE]")
	}
	client, err := clientOf(*trust)
	if err != nil {
		return err
	}
	if file, found := strings.CutPrefix(*key, "@"); found {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		*key = strings.TrimSpace(string(text))
	}
	if *key != "" {
		header.Set("Authorization", "Bearer "+*key)
	}
	for range 1000 {
		answer, err := exchange(client, header, args)
		if err != nil || strings.HasPrefix(answer, *until) {
			fmt.Fprint(w, answer)
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("no answer had status %s", *until)
}

func exchange(client *http.Client, header http.Header, args []string) (answer string, err error) {
	var body io.Reader
	if len(args) > 2 {
		f, err := os.Open(args[2])
		if err != nil {
			return "", err
		}
		defer f.Close()
		body = f
	}
	req, err := http.NewRequest(args[0], args[1], body)
	if err != nil {
		return "", err
	}
	req.Header = header
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.Status + "\n" + string(text), err
}

// clientOf is a client that trusts the certificate in a file, if one is named.
func clientOf(file string) (*http.Client, error) {
	if file == "" {
		return http.DefaultClient, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(data)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}, nil
}

// bodyMain is the program `body` of the scripts: it prints a request for /v1/rerank that cannot well stand in one.
//
//	exec body many-documents
func bodyMain() {
	switch os.Args[1] {
	case "many-documents":
		fmt.Printf(`{"query":"egg","documents":["egg"%s]}`, strings.Repeat(`,"egg"`, 599))
	case "long-query":
		fmt.Printf(`{"query":%q,"documents":["egg"]}`, strings.Repeat("an egg ", 3<<20/len("an egg ")))
	case "latin-1":
		fmt.Print("{\"query\":\"\xfcber\",\"documents\":[\"egg\"]}")
	default:
		fmt.Fprintf(os.Stderr, "body: there is no %q\n", os.Args[1])
		os.Exit(1)
	}
}

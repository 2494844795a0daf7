package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// Only whole answers with the upstream's bytes count, and a connection that broke off is opened again.
func TestOnlyTheAnswersOfTheUpstreamCount(t *testing.T) {
	other := append([]byte{}, smallAnswer...)
	other[100]++
	for name, handler := range map[string]http.HandlerFunc{
		"other bytes": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(other) },
		"fewer bytes": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(smallAnswer[1:]) },
		"other status": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write(smallAnswer)
		},
		"no answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"broken off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(answerSize))
			_, _ = w.Write(smallAnswer[1:])
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			address, err := serveHTTP(handler)
			if err != nil {
				t.Fatal(err)
			}
			met, err := newClient(address, 2).press(t.Context(), 20*time.Millisecond)
			if err == nil || met.requests > 0 || met.failures < 2 {
				t.Errorf("%d answers, %d failures, %v", met.requests, met.failures, err)
			}
		})
	}
	address, err := serveHTTP(answersSmall())
	if err != nil {
		t.Fatal(err)
	}
	met, err := newClient(address, 2).press(t.Context(), 20*time.Millisecond)
	if err != nil || met.requests < 2 || met.failures > 0 || len(met.latencies) != met.requests {
		t.Errorf("%d answers, %d failures, %d latencies, %v", met.requests, met.failures, len(met.latencies), err)
	}
}

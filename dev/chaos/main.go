// Command chaos runs the built Collector and a real PostgreSQL through faults, and holds what is promised of them against what
// is seen. It writes bench/RESULTS-CHAOS.md, and fails where a promise was broken. All of it is on loopback.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
)

type settings struct {
	collector string
	output    string
	only      string
	note      string
	list      bool
}

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	var s settings
	flag.StringVar(&s.collector, "collector", "bin/mockforge-collector", "the Collector to try")
	flag.StringVar(&s.output, "output", "bench/RESULTS-CHAOS.md", "the file to write; it is not written where -only leaves trials out, unless it is given")
	flag.StringVar(&s.only, "only", "", "a regular expression of the names of the trials to run")
	flag.StringVar(&s.note, "note", "", "a remark on the circumstances, put into the results")
	flag.BoolVar(&s.list, "list", false, "name the trials and run none")
	flag.Parse()
	chosen := s.only == ""
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "output" })
	if !chosen {
		s.output = ""
	}
	if err := run(ctx, s); err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// errBroken says that a promise did not hold; which one was printed.
var errBroken = errors.New("promises were broken")

func run(ctx context.Context, s settings) error {
	only, err := regexp.Compile("(?i)" + s.only)
	if err != nil {
		return fmt.Errorf("-only must be a regular expression: %w", err)
	}
	var chosen []trial
	for _, t := range trials() {
		if only.MatchString(t.group + ": " + t.name) {
			chosen = append(chosen, t)
		}
	}
	if len(chosen) == 0 {
		return fmt.Errorf("-only matches no trial: %q; -list names them", s.only)
	}
	if s.list {
		for _, t := range chosen {
			fmt.Println(t.group+":", t.name)
		}
		return nil
	}
	collector, err := filepath.Abs(s.collector)
	if err == nil {
		_, err = os.Stat(collector)
	}
	if err != nil {
		return fmt.Errorf("%s is absent: run go tool mage build:collector", s.collector)
	}
	began := circumstances(ctx, collector, s.note)
	var outcomes []outcome
	for i, t := range chosen {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Printf("[%d/%d] %s: %s\n", i+1, len(chosen), t.group, t.name)
		o := t.try(ctx, collector)
		fmt.Print(o.text())
		outcomes = append(outcomes, o)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fmt.Println(total(outcomes))
	if s.output != "" {
		if err := os.WriteFile(filepath.Clean(s.output), []byte(results(began, outcomes)), 0o644); err != nil {
			return err
		}
		fmt.Println("Written:", s.output)
	}
	for _, o := range outcomes {
		if !o.held() {
			return errBroken
		}
	}
	return nil
}

package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
)

// lastLine returns the last line of a log, to go at the end of an error; empty where there is none.
func lastLine(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	last := bytes.TrimSpace(lines[len(lines)-1])
	if len(last) == 0 {
		return ""
	}
	return ", which ends: " + string(last[:min(len(last), 300)])
}

// openLog returns a logger into a file of the demo's directory.
func openLog(directory, name string) (*slog.Logger, *os.File, error) {
	file, err := os.Create(filepath.Join(directory, name+".log"))
	if err != nil {
		return nil, nil, err
	}
	return slog.New(slog.NewTextHandler(file, nil)), file, nil
}

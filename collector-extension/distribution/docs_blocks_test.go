package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// documents are those that show configurations, from this folder.
var documents = []string{"../../README.md", "../../CONTRIBUTING.md", "../../bench/README.md", "../README.md", "../../docs/*.md", "../../docs/*/*.md"}

// block is a block of code in a document, without what it is indented by.
type block struct{ name, text string }

// blocks returns those in a language, which is a regular expression.
func blocks(t *testing.T, language string) []block {
	t.Helper()
	// A block may stand within a list: each of its lines is then as far in as its fences.
	fenced := regexp.MustCompile("(?ms)^( *)```(?:" + language + ")\n(.*?)^ *```$")
	var all []block
	for _, pattern := range documents {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no file (%v)", pattern, err)
		}
		for _, file := range files {
			read, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			text := string(read)
			shown := filepath.Clean(filepath.Join("collector-extension/distribution", file))
			for _, at := range fenced.FindAllStringSubmatchIndex(text, -1) {
				indent, inner := text[at[2]:at[3]], text[at[4]:at[5]]
				all = append(all, block{
					name: shown + " line " + strconv.Itoa(strings.Count(text[:at[0]], "\n")+1),
					text: strings.TrimPrefix(strings.ReplaceAll("\n"+inner, "\n"+indent, "\n"), "\n"),
				})
			}
		}
	}
	return all
}

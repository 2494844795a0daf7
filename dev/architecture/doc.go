// Package architecture has no code: its test holds the layering of the project, as CONTRIBUTING.md describes it.
package architecture

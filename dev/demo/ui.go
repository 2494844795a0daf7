package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/mockforge/mockforge-observability-app/dev/previewhost"
)

// startUI shows the plugin in the best that the machine has: the Grafana that GRAFANA_HOME names, Grafana by Docker
// Compose, the preview host.
func (s *stack) startUI(ctx context.Context) error {
	switch s.config.ui {
	case uiGrafana:
		return s.startGrafana(ctx)
	case uiDocker:
		return s.startCompose(ctx)
	case uiPreview:
		return s.startPreview(ctx)
	}
	if s.config.grafanaHome != "" {
		return s.startGrafana(ctx)
	}
	if dockerAnswers(ctx) {
		return s.startCompose(ctx)
	}
	fmt.Println("  No Docker daemon answers and GRAFANA_HOME is not set: the plugin is shown in the preview host.")
	return s.startPreview(ctx)
}

func (s *stack) startPreview(ctx context.Context) error {
	logger, file, err := openLog(s.directory, "previewhost")
	if err != nil {
		return err
	}
	dist, err := filepath.Abs("dist")
	if err != nil {
		return err
	}
	options := previewhost.Options{Dist: dist, Listen: s.address("ui"), Logger: logger, DSN: s.endpoints.DSN}
	if s.config.storage == storageSQLite {
		options.CollectorURL, options.Token = s.endpoints.Control, s.token
	}
	host, err := previewhost.Start(context.WithoutCancel(ctx), options)
	if err != nil {
		_ = file.Close()
		return err
	}
	s.endpoints.UI = host.URL()
	s.add("the preview host", func() error {
		defer file.Close()
		return host.Close()
	})
	go func() {
		if err := host.Wait(); err != nil {
			s.fail(err)
		}
	}()
	return nil
}

package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// startGrafana runs the Grafana of GRAFANA_HOME with data, plugins and provisioning of the demo's own, so that nothing
// of that installation changes.
func (s *stack) startGrafana(ctx context.Context) error {
	home, err := filepath.Abs(s.config.grafanaHome)
	if err != nil {
		return err
	}
	binary := filepath.Join(home, "bin", "grafana")
	for _, path := range []string{binary, filepath.Join(home, "conf", "defaults.ini"), filepath.Join(home, "public")} {
		if _, err := os.Stat(path); err != nil {
			return fmt.Errorf("GRAFANA_HOME is %s, where %s is absent: it must be the folder with bin/grafana, conf and public", home, path)
		}
	}
	own := filepath.Join(s.directory, "grafana")
	plugins, provisioning, err := s.grafanaFolders(own)
	if err != nil {
		return err
	}
	environment := slices.Concat(grafanaSettings(), s.home(loopback), []string{
		"GF_SERVER_HTTP_ADDR=" + loopback,
		fmt.Sprintf("GF_SERVER_HTTP_PORT=%d", s.ports["ui"]),
		"GF_PATHS_DATA=" + filepath.Join(own, "data"),
		"GF_PATHS_LOGS=" + filepath.Join(own, "logs"),
		"GF_PATHS_PLUGINS=" + plugins,
		"GF_PATHS_PROVISIONING=" + provisioning,
	})
	p, err := s.run("grafana", environment, binary, "server", "--homepath", home)
	if err != nil {
		return err
	}
	s.endpoints.UI = "http://" + s.address("ui")
	return s.waitGrafana(ctx, p)
}

// waitGrafana waits until Grafana is up and the plugin's backend says that it can reach the database or the collector.
func (s *stack) waitGrafana(ctx context.Context, p *process) error {
	// The first start of a Grafana migrates its own database, which takes minutes on slow disks.
	if err := s.wait(ctx, p, s.endpoints.UI+"/api/health", 3*time.Minute); err != nil {
		return err
	}
	return s.wait(ctx, p, s.endpoints.UI+"/api/plugins/"+pluginID+"/health", 30*time.Second)
}

// grafanaFolders makes the folder of plugins, with a copy of dist in it, and the one of provisioning.
func (s *stack) grafanaFolders(own string) (plugins, provisioning string, err error) {
	plugins, provisioning = filepath.Join(own, "plugins"), filepath.Join(own, "provisioning")
	for _, folder := range []string{plugins, provisioning} {
		if err := os.RemoveAll(folder); err != nil {
			return "", "", err
		}
	}
	if err := os.CopyFS(filepath.Join(plugins, pluginID), os.DirFS("dist")); err != nil {
		return "", "", fmt.Errorf("cannot copy the built plugin: %w", err)
	}
	if err := os.CopyFS(provisioning, os.DirFS("provisioning/grafana")); err != nil {
		return "", "", fmt.Errorf("cannot copy the provisioning: %w", err)
	}
	if s.config.storage == storageSQLite {
		if err := replaceFiles(provisioning, "provisioning/grafana-by-collector"); err != nil {
			return "", "", fmt.Errorf("cannot copy the provisioning: %w", err)
		}
	}
	// Prometheus and Tempo run in docker-compose.yaml only.
	return plugins, provisioning, os.RemoveAll(filepath.Join(provisioning, "datasources", "telemetry.yaml"))
}

// replaceFiles puts the files of a folder in place of those of the same names in another.
func replaceFiles(folder, by string) error {
	files := os.DirFS(by)
	err := fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return os.Remove(filepath.Join(folder, filepath.FromSlash(path)))
	})
	if err != nil {
		return err
	}
	return os.CopyFS(folder, files)
}

// grafanaSettings returns how the demo runs any Grafana: the unsigned plugin allowed, everybody an administrator (it listens
// on loopback), and nothing sent to or fetched from outside.
func grafanaSettings() []string {
	return []string{
		// The nested plugins need to be named too.
		"GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS=" + pluginID + ",mockforge-recordings-datasource,mockforge-scenario-panel",
		"GF_PLUGINS_PREINSTALL_DISABLED=true",
		"GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED=true",
		"GF_AUTH_ANONYMOUS_ENABLED=true",
		"GF_AUTH_ANONYMOUS_ORG_ROLE=Admin",
		"GF_AUTH_DISABLE_LOGIN_FORM=false",
		"GF_ANALYTICS_REPORTING_ENABLED=false",
		"GF_ANALYTICS_CHECK_FOR_UPDATES=false",
		"GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES=false",
		"GF_ANALYTICS_FEEDBACK_LINKS_ENABLED=false",
		"GF_NEWS_NEWS_FEED_ENABLED=false",
		"GF_SECURITY_DISABLE_GRAVATAR=true",
		"GF_SNAPSHOTS_EXTERNAL_ENABLED=false",
		"GF_LOG_MODE=console",
	}
}

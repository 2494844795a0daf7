import * as emotionCss from '@emotion/css';
import * as emotionReact from '@emotion/react';
import * as grafanaData from '@grafana/data';
import * as grafanaDataUnstable from '@grafana/data/unstable';
import * as grafanaRuntime from '@grafana/runtime';
import * as grafanaRuntimeUnstable from '@grafana/runtime/unstable';
import * as grafanaUI from '@grafana/ui';
import * as grafanaUIUnstable from '@grafana/ui/unstable';
import * as i18next from 'i18next';
import lodash from 'lodash';
import moment from 'moment';
import * as react from 'react';
import * as reactDom from 'react-dom';
import * as reactDomClient from 'react-dom/client';
import * as jsxRuntime from 'react/jsx-runtime';
import * as reactRouter from 'react-router';
import * as rxjs from 'rxjs';
import * as rxjsOperators from 'rxjs/operators';

/** What Grafana shares with plugins: the externals of @grafana/create-plugin that this page has. */
const shared: Record<string, unknown> = {
  '@emotion/css': emotionCss,
  '@emotion/react': emotionReact,
  '@grafana/data': grafanaData,
  '@grafana/data/unstable': grafanaDataUnstable,
  '@grafana/runtime': grafanaRuntime,
  '@grafana/runtime/unstable': grafanaRuntimeUnstable,
  '@grafana/ui': grafanaUI,
  '@grafana/ui/unstable': grafanaUIUnstable,
  emotion: emotionCss,
  i18next,
  lodash,
  moment,
  react,
  'react-dom': reactDom,
  'react-dom/client': reactDomClient,
  'react/jsx-runtime': jsxRuntime,
  // React's own has no jsxDEV in production mode, for which plugins in development mode ask.
  'react/jsx-dev-runtime': { Fragment: react.Fragment, jsxDEV: (type: any, props: any, key: any) => jsxRuntime.jsx(type, props, key) },
  'react-router': reactRouter,
  rxjs,
  'rxjs/operators': rxjsOperators,
};

/** The rest of the externals, loaded where a plugin asks for them. */
const onDemand: Record<string, () => Promise<unknown>> = {
  d3: () => import('d3'),
  jquery: () => import('jquery'),
  prismjs: () => import('prismjs'),
  'react-redux': () => import('react-redux'),
  redux: () => import('redux'),
  slate: () => import('slate'),
  'slate-plain-serializer': () => import('slate-plain-serializer'),
};

type Factory = (...dependencies: unknown[]) => unknown;
type Definition = { dependencies: string[]; factory: Factory };

let defined: Definition | undefined;

/** Takes define([dependencies], factory) and define("name", [dependencies], factory), the two forms that webpack writes. */
function define(...args: unknown[]) {
  const factory = args.at(-1);
  const dependencies = args.find(Array.isArray) ?? [];
  defined = { dependencies, factory: (typeof factory === 'function' ? factory : () => factory) as Factory };
}
define.amd = {};

let queue: Promise<unknown> = Promise.resolve();

/** Loads a plugin's AMD module, one at a time, since define does not say which script calls it. */
export function loadModule(url: string): Promise<unknown> {
  const loading = queue.then(() => load(url));
  queue = loading.catch(() => undefined);
  return loading;
}

async function load(url: string): Promise<unknown> {
  defined = undefined;
  (window as any).define = define;
  try {
    await script(url);
  } finally {
    // Libraries in the plugin's own chunks must not find an AMD loader.
    delete (window as any).define;
  }
  if (!defined) {
    throw new Error(`${url} does not define an AMD module`);
  }
  const { dependencies, factory } = defined as Definition;
  const exports = {};
  const uri = new URL(url, window.location.href).href;
  const resolved = await Promise.all(
    dependencies.map((name) => {
      switch (name) {
        case 'module':
          return { uri, id: url };
        case 'exports':
          return exports;
        default:
          return resolve(name);
      }
    })
  );
  // A module with a top-level await exports a promise.
  return (await factory(...resolved)) ?? exports;
}

function resolve(name: string): unknown {
  const found = shared[name] ?? onDemand[name]?.();
  if (!found) {
    throw new Error(`The plugin asks for ${name}, which Grafana does not share with plugins`);
  }
  return found;
}

function script(url: string) {
  return new Promise<void>((done, fail) => {
    const element = document.createElement('script');
    element.src = url;
    element.onload = () => done();
    element.onerror = () => fail(new Error(`${url} could not be loaded`));
    document.head.appendChild(element);
  });
}

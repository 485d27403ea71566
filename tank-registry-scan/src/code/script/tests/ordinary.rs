//! What good skills do all day.

use super::{must_pass, skill};
use tank_registry_core::scan::Verdict;

#[test]
fn ordinary_python_passes() {
    must_pass(
        "run.py",
        &[
            "import subprocess\nsubprocess.run(['git', 'status'], check=True)\nsubprocess.run('ls -la', shell=True)",
            "import os, requests\nr = requests.post('https://api.openai.com/v1/chat', headers={'Authorization': 'Bearer ' + os.environ['OPENAI_API_KEY']}, json={'model': 'm', 'messages': m})\nprint(r.json())",
            "import os, requests\nKEY = os.getenv('SEARCH_API_KEY')\nrequests.get('https://api.tool.example/v1', params={'key': KEY, 'q': q})",
            "import os, requests\nrequests.post('https://api.tavily.com/search', json={'api_key': os.environ['TAVILY_API_KEY'], 'query': q})",
            "import os, requests\nrequests.post('https://oauth2.googleapis.com/token', data={'client_id': os.environ['GOOGLE_CLIENT_ID'], 'client_secret': os.environ['GOOGLE_CLIENT_SECRET'], 'refresh_token': os.environ['GOOGLE_REFRESH_TOKEN']})",
            "import os, subprocess\nenv = os.environ.copy()\nenv['X'] = '1'\nsubprocess.run(['make'], env=env)",
            "import json, requests\ncfg = json.load(open(os.path.expanduser('~/.config/tool/config.json')))\nrequests.get('https://api.tool.example', headers={'X-Api-Key': cfg['api_key']})",
            "import base64, json\nprint(json.loads(base64.b64decode(token.split('.')[1])))",
            "import re\nm = re.compile('a+').match(x)\ncompile('x', 'y', 'exec')",
            "import sys, requests\nwith open(sys.argv[1], 'rb') as f:\n    requests.post('https://api.transcribe.example/v1', files={'file': f})",
            "import requests\nopen('out.pdf', 'wb').write(requests.get(url).content)",
            "model.eval()\ndf.eval('a + b')\ncursor.execute('select 1')\nex = executor.submit(f)",
            "import platform, requests\nrequests.post('https://telemetry.tool.example', json={'os': platform.system(), 'v': '1'})",
            "import os\nfor k in ('A_KEY', 'B_KEY'):\n    print(k, 'set' if os.environ.get(k) else 'missing')",
            "from datetime import datetime\nif datetime.now().hour < 12:\n    print('morning')",
            "import os\nnames = [k for k in os.environ if k.endswith('_API_KEY')]\nprint(names)",
            "import ast\ndef calc(e):\n    return eval(compile(ast.parse(e, mode='eval'), '', 'eval'), {'__builtins__': {}})",
            "import keyring, requests\npw = keyring.get_password('svc', 'me')\nrequests.post('https://svc.example/login', json={'user': 'me', 'password': pw})",
            "import getpass\nprint(getpass.getuser())",
            "import importlib\nm = importlib.import_module(f'plugins.{name}')\nm.run()\ngetattr(obj, name)()",
            "import socket\ns = socket.socket()\ns.bind(('127.0.0.1', 0))\nport = s.getsockname()[1]",
            "import os, requests\nrequests.post(os.environ['WEBHOOK_URL'], json={'text': 'done'})",
            "import requests, subprocess\nurl = requests.get('https://api.example.com/v').json()['url']\nsubprocess.run(['ffmpeg', '-i', url, 'out.mp4'])",
            "import requests\nrequests.post('https://discord.com/api/webhooks/1/x', json={'content': text})",
        ],
    );
}

#[test]
fn ordinary_javascript_passes() {
    must_pass(
        "run.js",
        &[
            "console.log(process.env.HOME)",
            "const { execFileSync, spawn } = require('child_process'); execFileSync('git', ['log']); spawn('ffmpeg', ['-i', f], { env: { ...process.env, A: '1' } });",
            "const r = await fetch('https://api.anthropic.com/v1/messages', { method: 'POST', headers: { 'x-api-key': process.env.ANTHROPIC_API_KEY, 'content-type': 'application/json' }, body: JSON.stringify({ model, messages }) });",
            "const m = /a(b)/.exec(s); const ast = parser.parse(s); page.evaluate(() => document.title); page.$eval('a', e => e.href);",
            "const fs = require('fs'); const cfg = JSON.parse(fs.readFileSync('config.json')); fs.writeFileSync('out.json', JSON.stringify(cfg));",
            "const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY }); const res = await client.chat.create({}); await fetch('https://hooks.example/x', { method: 'POST', body: JSON.stringify({ text: res.text }) });",
            "import express from 'express'; const app = express(); app.listen(3000); app.get('/', (req, res) => res.send(req.query.name));",
            "const s = Buffer.from(b, 'base64').toString(); console.log(JSON.parse(s));",
            "const r = await fetch(`https://api.github.com/repos/${repo}`, { headers: { Authorization: `token ${process.env.GITHUB_TOKEN}` } });",
            "const login = await fetch('https://api.tool.example/auth/login', { method: 'POST', body: JSON.stringify({ user: process.env.TOOL_USER, password: process.env.TOOL_PASSWORD }) });",
            "const sum = new Function('a', 'b', 'return a + b'); sum(1, 2); const c = new this.constructor(a);",
            "setTimeout(() => run(), 100); const f = new Intl.DateTimeFormat('en'); if (new Date().getDay() === 0) console.log('rest');",
            "module.exports = { get: k => store[k], exec: s => db.exec(s) };",
        ],
    );
}

#[test]
fn printing_ones_home_is_nothing() {
    let report = skill("run.js", "console.log(process.env.HOME)");
    assert!(matches!(
        Verdict::of(&report.findings),
        Verdict::Pass | Verdict::PassWithNotes
    ));
}

//! The patterns: where they apply, by what word they are known, and what they mean.

use tank_registry_core::scan::Severity;
use tank_registry_core::scan::Severity::{Critical, High, Low, Medium};

use super::rules;
use crate::finding::Rule;
use crate::language::Language;

/// Which texts a pattern is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Windows: PowerShell and Batch, and commands of these that stand in other code or in a sentence.
    Windows,
    /// PHP alone.
    Php,
    Ruby,
    Perl,
    AppleScript,
    /// Data, and code that has no reader of its own.
    Code,
    /// Data that orders what happens.
    Data,
}

impl For {
    pub(super) fn takes(self, language: Language) -> bool {
        match self {
            Self::Windows => !matches!(
                language,
                Language::Markdown
                    | Language::Html
                    | Language::Ruby
                    | Language::Php
                    | Language::Perl
            ),
            Self::Php => language == Language::Php,
            Self::Ruby => language == Language::Ruby,
            Self::Perl => language == Language::Perl,
            Self::AppleScript => matches!(language, Language::AppleScript | Language::Shell),
            // Scripts and shell have readers that see more.
            Self::Code => {
                language.is_code()
                    && !matches!(
                        language,
                        Language::Python
                            | Language::JavaScript
                            | Language::TypeScript
                            | Language::Shell
                    )
                    || matches!(language, Language::Json | Language::Yaml | Language::Toml)
            }
            Self::Data => matches!(language, Language::Json | Language::Yaml | Language::Toml),
        }
    }
}

/// One pattern.
pub(super) struct Pattern {
    pub(super) rule: &'static Rule,
    pub(super) texts: For,
    pub(super) severity: Severity,
    /// One of these stands in every match, in lower case.
    pub(super) words: &'static [&'static str],
    pub(super) regex: &'static str,
    /// Whether where it is fetched from decides how bad it is.
    pub(super) by_origin: bool,
    pub(super) message: &'static str,
}

const fn pattern(
    rule: &'static Rule,
    texts: For,
    severity: Severity,
    words: &'static [&'static str],
    regex: &'static str,
    message: &'static str,
) -> Pattern {
    Pattern {
        rule,
        texts,
        severity,
        words,
        regex,
        by_origin: false,
        message,
    }
}

const fn fetched(
    texts: For,
    words: &'static [&'static str],
    regex: &'static str,
    message: &'static str,
) -> Pattern {
    Pattern {
        rule: &rules::DOWNLOAD_RUN,
        texts,
        severity: Critical,
        words,
        regex,
        by_origin: true,
        message,
    }
}

pub(super) const PATTERNS: &[Pattern] = &[
    // What is fetched is run.
    fetched(
        For::Windows,
        &["iex", "invoke-expression"],
        r"(?i)\b(?:iex|invoke-expression)\b[^\n]*?(?:\b(?:iwr|irm|invoke-webrequest|invoke-restmethod|curl|wget)\b|downloadstring|webclient|httpclient)[^\n]*",
        "Downloads code and runs it",
    ),
    fetched(
        For::Windows,
        &["iex", "invoke-expression"],
        r"(?i)(?:\b(?:iwr|irm|invoke-webrequest|invoke-restmethod|curl|wget)\b|downloadstring)[^\n|]*?\|\s*(?:iex|invoke-expression)\b",
        "Downloads code and runs it",
    ),
    fetched(
        For::Windows,
        &["scriptblock]::create", "assembly]::load"],
        r"(?i)(?:scriptblock\]::create|assembly\]::load)\s*\([^\n]*?(?:\b(?:iwr|irm|invoke-webrequest|invoke-restmethod)\b|downloadstring|downloaddata)[^\n]*",
        "Downloads code and runs it",
    ),
    fetched(
        For::Windows,
        &[
            "-outfile",
            "downloadfile",
            "start-bitstransfer",
            "-urlcache",
            "/transfer",
        ],
        r#"(?is)(?:-outfile\b|downloadfile\s*\(|start-bitstransfer\b|-urlcache\b|/transfer\b).*?(?:start-process|invoke-item|&\s*["'$.]|\bstart\s+(?:""\s+)?|\.\\|wscript\s|cscript\s|rundll32\s)[^\n]*"#,
        "Downloads a program and starts it",
    ),
    fetched(
        For::Windows,
        &["certutil"],
        r"(?i)\bcertutil(?:\.exe)?\b[^\n]*?[-/]urlcache\b[^\n]*",
        "Downloads a file with a tool for certificates, past what checks downloads",
    ),
    fetched(
        For::Windows,
        &["bitsadmin"],
        r"(?i)\bbitsadmin(?:\.exe)?\s+/transfer\b[^\n]*",
        "Downloads a file in the background, past what checks downloads",
    ),
    fetched(
        For::Windows,
        &["mshta", "regsvr32", "msiexec", "rundll32"],
        r"(?i)\b(?:mshta(?:\.exe)?\s+[^\n]*?(?:https?:|vbscript:|javascript:)|regsvr32(?:\.exe)?\s[^\n]*?/i:https?:|msiexec(?:\.exe)?\s[^\n]*?/(?:i|package)\s+https?:|rundll32(?:\.exe)?\s+[^\n]*?javascript:)[^\n]*",
        "Has a program of the system run what another machine answers",
    ),
    fetched(
        For::Ruby,
        &["eval"],
        r"\b(?:instance_|class_)?eval\s*\(?\s*(?:URI\.(?:open|parse)|open\s*\(|Net::HTTP|HTTParty|Faraday|RestClient)[^\n]*",
        "Downloads code and runs it",
    ),
    fetched(
        For::Php,
        &["eval", "include", "require", "assert"],
        r#"(?i)\b(?:eval|assert)\s*\(\s*(?:['"?>.\s]*)(?:@?file_get_contents|curl_exec|fread|stream_get_contents)\s*\([^\n]*?|\b(?:include|require)(?:_once)?\s*\(?\s*['"](?:https?|ftp|data|php)://?[^\n]*"#,
        "Downloads code and runs it",
    ),
    fetched(
        For::Perl,
        &["eval"],
        r"\beval\s*\(?\s*(?:get\s*\(|LWP::|HTTP::Tiny|`curl|`wget|qx)[^\n]*",
        "Downloads code and runs it",
    ),
    // What is decoded is run.
    pattern(
        &rules::DECODE_RUN,
        For::Windows,
        Critical,
        &["powershell", "pwsh"],
        r#"(?i)\b(?:powershell|pwsh)(?:\.exe)?\b[^\n]*?\s[-/](?:e|ec|en|enc|enco[a-z]*)\s+['"]?[A-Za-z0-9+/=]{24,}"#,
        "Hands PowerShell an encoded command",
    ),
    pattern(
        &rules::DECODE_RUN,
        For::Windows,
        High,
        &["-enc"],
        r"(?i)\b(?:powershell|pwsh)(?:\.exe)?\b[^\n]*?\s-(?:enc|encodedcommand)\s+[$%(]",
        "Hands PowerShell an encoded command",
    ),
    pattern(
        &rules::DECODE_RUN,
        For::Windows,
        Critical,
        &["frombase64string"],
        r"(?is)(?:\b(?:iex|invoke-expression)\b|scriptblock\]::create|assembly\]::load).*?frombase64string|frombase64string.*?(?:\biex\b|invoke-expression|scriptblock\]::create|assembly\]::load|\.invoke\(\))",
        "Decodes a text and runs it",
    ),
    pattern(
        &rules::DECODE_RUN,
        For::Windows,
        Critical,
        &["-join", "[char]"],
        r"(?i)\b(?:iex|invoke-expression|&)\b?[^\n]*?(?:\[char\][^\n]*?){3}|-join[^\n]*?\[char\][^\n]*?\|\s*(?:iex|invoke-expression)",
        "Spells a command by numbers and runs it",
    ),
    pattern(
        &rules::DECODE_RUN,
        For::Windows,
        High,
        &["certutil"],
        r"(?i)\bcertutil(?:\.exe)?\s+[-/]decode(?:hex)?\s[^\n]*?\.(?:exe|dll|bat|cmd|ps1|vbs|scr)\b",
        "Decodes a file into a program",
    ),
    pattern(
        &rules::DECODE_RUN,
        For::Ruby,
        Critical,
        &["eval"],
        r#"\b(?:instance_|class_)?eval\s*\(?\s*(?:Base64\.\w*decode64|Zlib|\[[^\]\n]{2,400}\]\.(?:pack|map)|["'][^"'\n]{4,400}["']\.(?:unpack1?|reverse|tr|scan))"#,
        "Decodes a text and runs it",
    ),
    pattern(
        &rules::DECODE_RUN,
        For::Php,
        Critical,
        &["eval", "assert", "create_function"],
        r"(?i)\b(?:eval|assert|create_function)\s*\([^;\n]{0,60}?\b(?:base64_decode|gzinflate|gzuncompress|gzdecode|str_rot13|strrev|hex2bin|convert_uudecode|pack)\s*\(",
        "Decodes a text and runs it",
    ),
    pattern(
        &rules::DECODE_RUN,
        For::Perl,
        Critical,
        &["eval"],
        r"\beval\s*\(?\s*(?:decode_base64|MIME::Base64|pack\s*\(|unpack\s*\(|join\s*\(?\s*['\x22]{2}\s*,\s*(?:map|reverse))",
        "Decodes a text and runs it",
    ),
    pattern(
        &rules::WEB_SHELL,
        For::Php,
        Critical,
        &["$_"],
        r"(?i)\b(?:eval|assert|system|exec|shell_exec|passthru|popen|proc_open|pcntl_exec|create_function|call_user_func(?:_array)?|include|require)(?:_once)?\s*\(?[^;\n]{0,80}\$_(?:POST|GET|REQUEST|COOKIE|SERVER|FILES)\b|`[^`\n]{0,80}\$_(?:POST|GET|REQUEST|COOKIE)\b|\$_(?:POST|GET|REQUEST|COOKIE)\[[^\]\n]{1,40}\]\s*\(",
        "Runs what a request brings",
    ),
    // A shell for somebody else.
    pattern(
        &rules::REVERSE_SHELL,
        For::Windows,
        Critical,
        &["sockets.tcpclient"],
        r"(?is)sockets\.tcpclient.*?(?:\biex\b|invoke-expression|cmd\.exe|powershell|start-process|scriptblock)",
        "Connects a shell to the network: whoever answers gives the commands",
    ),
    pattern(
        &rules::REVERSE_SHELL,
        For::Ruby,
        Critical,
        &["tcpsocket"],
        r"(?s)TCPSocket\.(?:new|open).*?(?:/bin/(?:ba|z)?sh|IO\.popen|exec\b|Open3|`)|exec.{0,200}TCPSocket",
        "Connects a shell to the network: whoever answers gives the commands",
    ),
    pattern(
        &rules::REVERSE_SHELL,
        For::Php,
        Critical,
        &["fsockopen", "stream_socket_client"],
        r"(?is)(?:fsockopen|stream_socket_client)\s*\(.*?(?:/bin/(?:ba|z)?sh|proc_open|shell_exec|popen|\bexec\s*\()",
        "Connects a shell to the network: whoever answers gives the commands",
    ),
    pattern(
        &rules::REVERSE_SHELL,
        For::Perl,
        Critical,
        &["socket"],
        r"(?s)(?:use\s+(?:IO::)?Socket|socket\s*\().*?(?:/bin/(?:ba|z)?sh|\bexec\b|\bsystem\b)",
        "Connects a shell to the network: whoever answers gives the commands",
    ),
    // What guards a machine is switched off.
    pattern(
        &rules::GUARD_OFF,
        For::Windows,
        Critical,
        &["mppreference"],
        r"(?i)\b(?:add|set)-mppreference\b[^\n]*?-(?:exclusion\w+|disable\w+|mapsreporting|submitsamplesconsent)\b",
        "Switches Defender off, or keeps it from looking",
    ),
    pattern(
        &rules::GUARD_OFF,
        For::Windows,
        Critical,
        &[
            "amsi",
            "windefend",
            "disableantispyware",
            "disablerealtimemonitoring",
            "advfirewall",
        ],
        r"(?i)amsiutils|amsiinitfailed|amsiscanbuffer|\b(?:sc|net)(?:\.exe)?\s+(?:stop|delete|config)\s+(?:windefend|wscsvc|sense)\b|disableantispyware[^\n]*?\b1\b|netsh\s+advfirewall\s+set\s+\w+\s+state\s+off",
        "Switches off what protects Windows",
    ),
    pattern(
        &rules::GUARD_OFF,
        For::Windows,
        Low,
        &["set-executionpolicy"],
        r"(?i)\bset-executionpolicy\s+(?:-\w+\s+)*(?:bypass|unrestricted)\b",
        "Lets any script run",
    ),
    pattern(
        &rules::DESTRUCTIVE,
        For::Windows,
        Critical,
        &["vssadmin", "wbadmin", "bcdedit", "shadowcopy"],
        r"(?i)\bvssadmin(?:\.exe)?\s+delete\s+shadows|\bwbadmin(?:\.exe)?\s+delete\b|\bbcdedit(?:\.exe)?\s[^\n]*?recoveryenabled\s+no|shadowcopy\s+delete|win32_shadowcopy[^\n]*?delete",
        "Deletes what a system is restored from",
    ),
    pattern(
        &rules::DESTRUCTIVE,
        For::Windows,
        Critical,
        &["del ", "rd ", "rmdir ", "remove-item", "format "],
        r#"(?im)^\s*@?(?:del|erase|rd|rmdir)\s+(?:/\w\s+)+"?(?:[a-z]:\\(?:\*|users|windows)?|%userprofile%|%systemroot%)(?:\\?\*)?"?\s*$|\bremove-item\b[^\n]*?(?:[\s'"](?:[a-z]:\\(?:users|windows)?\\?\*?|\$env:userprofile|\$home)['"]?(?:\\\*)?)\s[^\n]*?-recurse|^\s*format(?:\.com)?\s+c:"#,
        "Deletes the system or all that a user has",
    ),
    // What starts by itself.
    pattern(
        &rules::PERSISTENCE,
        For::Windows,
        High,
        &[
            "currentversion\\run",
            "currentversion\\\\run",
            "__eventfilter",
            "start menu\\programs\\startup",
            "winlogon",
        ],
        r"(?i)currentversion\\{1,2}run(?:once)?\b|__eventfilter|start menu\\{1,2}programs\\{1,2}startup|winlogon\\{1,2}(?:shell|userinit)",
        "Makes something start whenever the user logs in",
    ),
    pattern(
        &rules::PERSISTENCE,
        For::Windows,
        Medium,
        &["schtasks", "register-scheduledtask", "new-service"],
        r"(?i)\bschtasks(?:\.exe)?\s[^\n]*?/create\b|\bregister-scheduledtask\b|\bnew-service\s+-name\b",
        "Makes something start by itself",
    ),
    pattern(
        &rules::PERSISTENCE,
        For::Windows,
        Critical,
        &["schtasks", "scheduledtask"],
        r"(?is)(?:\bschtasks(?:\.exe)?\s[^\n]*?/create\b|scheduledtask(?:action)?\b).*?(?:\s-(?:e|enc|encodedcommand)\s|hidden|downloadstring|\biwr\b|\biex\b|mshta|\\temp\\|appdata)",
        "Makes something start by itself that fetches code or hides",
    ),
    pattern(
        &rules::HIDDEN_WINDOW,
        For::Windows,
        Medium,
        &["hidden"],
        r"(?i)\b(?:powershell|pwsh|start-process)(?:\.exe)?\b[^\n]*?-w(?:in(?:dowstyle)?)?\s+(?:hidden|1)\b",
        "Runs something in a window that nobody sees",
    ),
    // Stores of credentials.
    pattern(
        &rules::CREDENTIALS,
        For::Windows,
        High,
        &[
            "lsass",
            "mimikatz",
            "sekurlsa",
            "hklm\\sam",
            "vaultcmd",
            "login data",
            "protecteddata]::unprotect",
        ],
        r"(?i)\b(?:procdump|comsvcs)[^\n]*?lsass|lsass[^\n]*?minidump|invoke-mimikatz|sekurlsa::|\breg(?:\.exe)?\s+save\s+hklm\\sam|\bvaultcmd(?:\.exe)?\s+/list|\\user data\\[^\n]*?login data|protecteddata\]::unprotect",
        "Reads passwords that the system or a browser keeps",
    ),
    pattern(
        &rules::CREDENTIALS,
        For::AppleScript,
        High,
        &["hidden answer"],
        r"(?is)display dialog.*?hidden answer|hidden answer.*?display dialog",
        "Asks for a password in a window that looks like the system's",
    ),
    pattern(
        &rules::PRIVILEGE,
        For::AppleScript,
        Medium,
        &["administrator privileges"],
        r"(?i)do shell script[^\n]*?with administrator privileges",
        "Runs a command as administrator",
    ),
    pattern(
        &rules::PRIVILEGE,
        For::Windows,
        High,
        &["localgroup administrators", "runas"],
        r"(?i)\bnet1?(?:\.exe)?\s+localgroup\s+administrators\s[^\n]*?/add",
        "Makes a user an administrator",
    ),
    // From source to sink in one text.
    pattern(
        &rules::EXFILTRATION,
        For::Windows,
        Critical,
        &[
            "invoke-restmethod",
            "invoke-webrequest",
            "uploadstring",
            "uploadfile",
            "uploaddata",
            "iwr",
            "irm",
        ],
        r"(?is)(?:get-childitem\s+env:|gci\s+env:|getenvironmentvariables\(\)|\\\.ssh\\|\\\.aws\\credentials|login data|get-clipboard|copyfromscreen|consolehost_history).*?(?:(?:invoke-restmethod|invoke-webrequest|\biwr\b|\birm\b)[^\n]*?(?:-body|-infile|-method\s+['\x22]?post)|upload(?:string|file|data)\s*\()",
        "Sends what is private to another machine",
    ),
    pattern(
        &rules::EXFILTRATION,
        For::Ruby,
        Critical,
        &["post", "http"],
        r"(?s)(?:ENV\.(?:to_h|to_a|each|inspect|to_json|map|select)|\.ssh/id_|\.aws/credentials|\.netrc|Login Data).*?(?:Net::HTTP(?:\.post|::Post)|HTTParty\.post|Faraday\.post|RestClient\.post|TCPSocket)",
        "Sends what is private to another machine",
    ),
    pattern(
        &rules::EXFILTRATION,
        For::Php,
        Critical,
        &["curl_", "stream_context_create", "fsockopen", "mail("],
        r"(?is)(?:getenv\(\s*\)|\$_ENV\b|\.ssh/id_|\.aws/credentials|/etc/shadow).*?(?:CURLOPT_POSTFIELDS|stream_context_create|fsockopen|\bmail\s*\()",
        "Sends what is private to another machine",
    ),
    pattern(
        &rules::EXFILTRATION,
        For::Perl,
        Critical,
        &["post", "socket"],
        r"(?s)(?:%ENV\b|\.ssh/id_|\.aws/credentials|/etc/shadow).*?(?:->post\b|->post_form\b|HTTP::Request|IO::Socket)",
        "Sends what is private to another machine",
    ),
    pattern(
        &rules::MINER,
        For::Code,
        Critical,
        &[
            "stratum+",
            "coinhive",
            "cryptonight",
            "minexmr",
            "supportxmr",
        ],
        r"(?i)stratum\+(?:tcp|ssl|tls)://|coinhive\.(?:anonymous|user)|coin-?hive(?:\.min)?\.js|\b(?:minexmr|supportxmr|moneroocean|hashvault)\.(?:com|stream|pro)",
        "Mines a currency on this machine",
    ),
    pattern(
        &rules::CODE_IN_DATA,
        For::Data,
        High,
        &["child_process"],
        r"(?s)child_process.*?\b(?:exec|spawn|execsync|execSync|spawnSync|execFile|fork)\b",
        "Holds code in a setting that starts programs",
    ),
];

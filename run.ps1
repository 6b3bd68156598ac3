<#
Kiosque Métiers en direct, sous Windows. / On Windows.

  .\run.ps1                  prépare ce qui manque (la première fois), puis sert / prepares what is missing, then serves
  .\run.ps1 COMMANDE …       toute commande du kiosque : demo, import, export, config, upgrade, --help…
  .\run.ps1 setup            prépare seulement
  .\run.ps1 -Offline …       depuis une archive de « kiosk bundle --platform windows », sans réseau, sommes vérifiées
  .\run.ps1 autostart        démarre à l'ouverture de la session de cette personne ; « autostart off » l'enlève
  .\run.ps1 uninstall        enlève ce que ces commandes ont mis sur ce poste ; les données restent, il dit où
  .\run.ps1 test …           les tests unitaires (ceux des serveurs et du navigateur sont pour Linux)

PowerShell 5.1 ou plus récent, Python 3.10 ou plus récent (64 bits). Aucun droit d'administration. Si Windows refuse
les scripts :  powershell -ExecutionPolicy Bypass -File run.ps1

NON ESSAYÉ / NOT TRIED: the machine where this file was written has no Windows and no PowerShell. The steps are those of
run.sh, which is tested. Please tell what you see. What remains to be tried is listed in docs/windows.md.

This file is UTF-8 with a byte order mark: Windows PowerShell 5.1 reads it as another encoding without one.
#>
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
try { [Console]::OutputEncoding = [Text.Encoding]::UTF8 } catch { }

$Here = Split-Path -Parent $MyInvocation.MyCommand.Path
$Venv = Join-Path $Here '.venv'
$Python = Join-Path $Venv 'Scripts\python.exe'
$Log = Join-Path $Here '.setup.log'
$Wheels = Join-Path $Here 'wheels'
# What a machine set for other programs is not ours: modules found elsewhere, another home for packages.
foreach ($name in 'PYTHONHOME', 'PYTHONIOENCODING', 'PYTHONSTARTUP', 'PYTHONINSPECT', 'PYTHONOPTIMIZE', 'PYTHONUSERBASE') {
    Remove-Item -Path "Env:$name" -ErrorAction SilentlyContinue
}
# Of pip's, only the way out holds, and where packages are found (run.sh keeps the same).
$KeptOfPip = 'PIP_PROXY', 'PIP_CERT', 'PIP_CLIENT_CERT', 'PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'PIP_FIND_LINKS',
    'PIP_NO_INDEX', 'PIP_TRUSTED_HOST', 'PIP_TIMEOUT', 'PIP_DEFAULT_TIMEOUT', 'PIP_RETRIES', 'PIP_CONFIG_FILE',
    'PIP_CACHE_DIR', 'PIP_NO_CACHE_DIR'
foreach ($name in @(Get-ChildItem -Path 'Env:PIP_*' | ForEach-Object { $_.Name })) {
    if ($KeptOfPip -notcontains $name) { Remove-Item -Path "Env:$name" }
}
$env:PYTHONUTF8 = '1'
$env:PYTHONPATH = $Here

# No param() block: options of the kiosk (--port, --data-dir) must reach it untouched.
$Words = @($args)
$Offline = $false
if ($Words.Count -gt 0 -and ($Words[0] -eq '-Offline' -or $Words[0] -eq '--offline')) {
    $Offline = $true
    if ($Words.Count -gt 1) { $Words = @($Words[1..($Words.Count - 1)]) } else { $Words = @() }
}

function Stop-Here([string] $French, [string] $English, [string] $Cure) {
    [Console]::Error.WriteLine("`n$French`n$English`n`n    $Cure`n")
    exit 1
}

# A native program's stderr must not become an exception (Windows PowerShell 5.1), nor its output this script's.
function Invoke-Step([string] $Program, [string[]] $Arguments) {
    $previous = $ErrorActionPreference
    $ErrorActionPreference = 'Continue'
    & $Program @Arguments 2>&1 | ForEach-Object { "$_" } | Out-File -FilePath $Log -Encoding utf8
    $code = $LASTEXITCODE
    $ErrorActionPreference = $previous
    if ($code -eq 0) { return }
    Get-Content $Log -Tail 15 | ForEach-Object { [Console]::Error.WriteLine($_) }
    $said = [IO.File]::ReadAllText($Log)
    if ($said -match 'no space left|not enough space|espace insuffisant|ENOSPC|WinError 112' -or -not (Test-Room 8MB)) {
        Stop-Disk
    }
    if ($Offline) {
        Stop-Here "La préparation sans Internet s’est arrêtée ; les lignes ci-dessus disent pourquoi. Décompressez l’archive de nouveau." `
            'Set-up without the Internet stopped; the lines above say why. Unpack the archive again:' "$Here\run.ps1"
    }
    if ($said -match 'certificate.?verify.?failed|self.signed.certificate|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)') {
        Stop-Here "Un filtre de l’établissement ouvre les connexions chiffrées, et Windows ne connaît pas son certificat : demandez-le (.pem), indiquez-le, puis relancez." `
            'A school filter opens encrypted connections, and Windows does not know it: name its certificate file, then start again:' `
            "`$env:PIP_CERT = 'C:\certificats.pem'; $Here\run.ps1"
    }
    if ($env:PIP_NO_INDEX -and $env:PIP_NO_INDEX -ne '0' -and $said -match 'from versions: none') {
        Stop-Here "Un réglage de pip (no-index) interdit Internet, et il manque des bibliothèques là où il les fait chercher (find-links). Levez-le, puis relancez." `
            'A setting of pip (no-index) forbids the Internet, and libraries are missing where it looks. Lift it, then start again:' `
            "`$env:PIP_NO_INDEX = '0'; $Here\run.ps1"
    }
    if ($said -match 'name resolution|getaddrinfo|EAI_AGAIN|ENOTFOUND|network is unreachable|ENETUNREACH|ECONNREFUSED|ETIMEDOUT|ECONNRESET|timed out|connection (refused|error|broken)|newconnectionerror|proxyerror|retries exceeded|from versions: none|network request') {
        Stop-Way
        Stop-Here "Internet est nécessaire la première fois, et il ne répond pas. Branchez la machine au réseau (si l’établissement a un proxy, indiquez-le), puis relancez." `
            'The first start needs the Internet, which does not answer. Connect (name the proxy if there is one), then start again:' `
            "`$env:HTTPS_PROXY = 'http://PROXY:PORT'; $Here\run.ps1"
    }
    Stop-Here "La préparation s’est arrêtée ; les lignes ci-dessus disent pourquoi, et $Log en dit plus. Relancer reprend où elle en était." `
        'Set-up stopped; the lines above say why. Starting again resumes it:' "$Here\run.ps1"
}

# A way out that was given and does not answer is named, without the password that may be in it.
function Stop-Way {
    $given = @($env:PIP_PROXY, $env:HTTPS_PROXY, $env:ALL_PROXY) | Where-Object { $_ } | Select-Object -First 1
    if ($given) {
        $place = $given -replace '^[A-Za-z0-9+.-]*://', '' -replace '^.*@', '' -replace '/.*$', ''
        Stop-Here "Le serveur mandataire (proxy) donné, $place, ne répond pas ou refuse. Vérifiez son adresse et que le câble est branché, puis relancez." `
            "The given proxy, $place, does not answer or refuses. Check its address and the cable, then start again:" `
            "`$env:HTTPS_PROXY = 'http://PROXY:PORT'; $Here\run.ps1"
    }
    if ($env:PIP_INDEX_URL -and $env:PIP_INDEX_URL -notlike 'https://pypi.org/*') {
        $place = $env:PIP_INDEX_URL -replace '^[A-Za-z0-9+.-]*://', '' -replace '/.*$', '' -replace '^.*@', ''
        Stop-Here "Le miroir donné à pip, $place, ne répond pas ou n’a pas ces bibliothèques. Corrigez son adresse, ou prenez celle d’Internet, puis relancez." `
            "The mirror given to pip, $place, does not answer or lacks these libraries. Correct it, or use the Internet's, then start again:" `
            "`$env:PIP_INDEX_URL = 'https://pypi.org/simple'; $Here\run.ps1"
    }
}

# Whether there are so many bytes free here; a network folder does not tell.
function Test-Room([long] $Bytes) {
    $drive = (Get-Item -LiteralPath $Here).PSDrive
    return (-not $drive) -or ($null -eq $drive.Free) -or ($drive.Free -gt $Bytes)
}

function Stop-Disk {
    Stop-Here "Le disque est plein : il faut environ 300 Mo libres dans $Here. Libérez de la place, puis relancez." `
        'The disk is full: about 300 MB are needed here. Make room, then start again:' "$Here\run.ps1"
}

function Get-Sum([string] $Path) {
    return (Get-FileHash -Algorithm SHA256 -LiteralPath $Path).Hash.ToLowerInvariant()
}

function Test-Same([string] $Path, [string] $Text) {
    return (Test-Path -LiteralPath $Path) -and ([IO.File]::ReadAllText($Path).Trim() -eq $Text)
}

function Write-Text([string] $Path, [string] $Text) {
    [IO.File]::WriteAllText($Path, $Text, (New-Object Text.UTF8Encoding $false))
}

# Every file of the bundle is what was packed.
function Test-Sums {
    $list = Join-Path $Here 'SHA256SUMS'
    if (-not (Test-Path -LiteralPath $list)) {
        Stop-Here "Ce dossier n’est pas une archive hors ligne : il n’a pas de SHA256SUMS." `
            'This folder is not an offline bundle. Make one where there is the Internet:' 'run.ps1 bundle --platform windows'
    }
    foreach ($line in [IO.File]::ReadAllLines($list)) {
        $digest, $name = $line -split '  ', 2
        $file = Join-Path $Here ($name -replace '/', '\')
        if (-not (Test-Path -LiteralPath $file) -or (Get-Sum $file) -ne $digest) {
            Stop-Here "Ce fichier n’est pas celui de l’archive : $name. Décompressez-la de nouveau." `
                'This file is not that of the archive. Unpack it again:' 'Expand-Archive kiosque-metiers-*-windows.zip'
        }
    }
}

# One line about a Python: version, machine, size of a word; nothing when it cannot run.
function Get-PythonFacts([string] $Program, [string[]] $Before) {
    $previous = $ErrorActionPreference
    $ErrorActionPreference = 'SilentlyContinue'
    try {
        $code = "import platform, struct, sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], platform.machine(), 8 * struct.calcsize('P'))"
        $said = & $Program @Before -c $code 2>$null
        if ($LASTEXITCODE -eq 0) { return "$said".Trim() }
    } catch { } finally { $ErrorActionPreference = $previous }
    return ''
}

function Test-Fits([string] $Facts) {
    $version, $machine, $bits = $Facts -split ' '
    if ([Version] $version -lt [Version] '3.10') { return $false }
    if (-not $Offline) { return $true }
    $lines = [IO.File]::ReadAllLines((Join-Path $Wheels 'FITS'))
    $theirs = (($lines | Where-Object { $_ -like 'machine *' }) -split ' ')[1]
    $pythons = (($lines | Where-Object { $_ -like 'pythons *' }) -split ' ')
    return ($bits -eq '64') -and ($machine -eq $theirs) -and ($pythons -contains $version)
}

# The newest Python that fits: the py launcher's, then those of PATH (the Store's alias that only opens a shop fails).
function Find-Python {
    $seen = @()
    $candidates = @()
    if ($env:PYTHON) { $candidates += , @($env:PYTHON) }
    foreach ($minor in 14, 13, 12, 11, 10) { $candidates += , @('py', "-3.$minor") }
    $candidates += , @('python'), @('python3')
    foreach ($candidate in $candidates) {
        $program = $candidate[0]
        $before = @($candidate | Select-Object -Skip 1)
        if (-not (Get-Command $program -ErrorAction SilentlyContinue)) { continue }
        $facts = Get-PythonFacts $program $before
        if (-not $facts) { continue }
        if (Test-Fits $facts) { return , @($program) + $before }
        $seen += $facts
    }
    if ($Offline -and $seen) {
        $fits = ([IO.File]::ReadAllLines((Join-Path $Wheels 'FITS'))) -join ', '
        Stop-Here "Aucune bibliothèque de cette archive ne convient ($fits) ; cette machine a : $($seen -join ' ; ')." `
            'No library of this bundle fits this machine. Make one for its Python:' 'run.ps1 bundle --platform windows --python 3.12'
    }
    Stop-Here "Il manque Python 3.10 ou plus récent (64 bits). Installez-le pour vous seul, sans droits d’administration." `
        'Python 3.10 or newer (64 bits) is missing. Install it for yourself only:' 'https://www.python.org/downloads/windows/'
}

function Get-Lock {
    if ($Words.Count -gt 0 -and $Words[0] -eq 'centre') { return 'requirements-centre.lock' }
    if ($Words.Count -gt 0 -and $Words[0] -eq 'test') { return 'requirements-test.lock' }
    return 'requirements.lock'
}

# Certificates that Windows trusts are trusted: a school pushes its filter's there, where pip before 24.2 and Node do not
# look. Beside pip's own: Windows fetches a root when it first meets it, so its store alone may lack that of the packages.
function Set-Certificates {
    if ($env:PIP_CERT) {
        if (-not (Test-Path -LiteralPath $env:PIP_CERT)) {
            Stop-Here "Le fichier de certificats donné à pip ne se lit pas : $env:PIP_CERT. Corrigez son chemin, puis relancez." `
                'The certificate file given to pip cannot be read. Correct its path, then start again:' `
                "`$env:PIP_CERT = 'C:\certificats.pem'; $Here\run.ps1"
        }
    } else {
        $file = Join-Path $Venv 'certificats.pem'
        Invoke-Step $Python @('-m', 'kiosk.ops.windows_certificates', $file)
        $env:PIP_CERT = $file
    }
    $env:REQUESTS_CA_BUNDLE = $env:PIP_CERT
    if (-not $env:NODE_EXTRA_CA_CERTS) { $env:NODE_EXTRA_CA_CERTS = $env:PIP_CERT }
}

# Hash of everything the pages are made of. A bundle brings them built: its sums vouch for them.
function Get-ClientStamp {
    $roots = 'static\js', 'static\css', 'kiosk\locale' | ForEach-Object { Join-Path $Here $_ }
    $files = @(Get-ChildItem -LiteralPath $roots -Recurse -File | Where-Object { $_.Extension -ne '.mo' } | ForEach-Object { $_.FullName })
    $files += (Join-Path $Here 'config\client\package-lock.json'), (Join-Path $Here 'kiosk\ops\client_build.py'),
        (Join-Path $Here 'kiosk\ops\older_css.py')
    [Array]::Sort($files, [StringComparer]::Ordinal)
    $text = ($files | ForEach-Object { Get-Sum $_ }) -join ''
    $sha = [Security.Cryptography.SHA256]::Create()
    return ([BitConverter]::ToString($sha.ComputeHash([Text.Encoding]::ASCII.GetBytes($text))) -replace '-', '').ToLowerInvariant()
}

function Build-Client {
    if (Test-Path -LiteralPath (Join-Path $Wheels 'FITS')) { return }
    $stampFile = Join-Path $Here 'static\build\.stamp-windows'
    $stamp = Get-ClientStamp
    if (Test-Same $stampFile $stamp) { return }
    if (-not (Get-Command 'npm.cmd' -ErrorAction SilentlyContinue)) {
        Stop-Here "Sous Windows, Node.js 18 ou plus récent construit les pages. Plus simple : une archive hors ligne, où elles le sont déjà." `
            'On Windows, Node.js 18 or newer builds the pages; an offline bundle brings them built:' './run.sh bundle --platform windows'
    }
    Push-Location (Join-Path $Here 'config\client')
    try { Invoke-Step 'npm.cmd' @('ci', '--omit=dev') } finally { Pop-Location }
    Invoke-Step $Python @('-m', 'kiosk.ops.client_build')
    Write-Text $stampFile $stamp
}

# The code and the pages, compiled once: else each first start does it, on the smallest machine for many seconds. What
# cannot be kept costs that time and stops nothing.
function Build-Ahead([string] $Stamp) {
    $stampFile = Join-Path $Venv '.kiosk-compiled'
    $build = Join-Path $Here 'static\build\manifest.json'
    $whole = $Stamp
    if (Test-Path -LiteralPath $build) { $whole = "$Stamp $(Get-Sum $build)" }
    if (Test-Same $stampFile $whole) { return }
    $previous = $ErrorActionPreference
    $ErrorActionPreference = 'Continue'
    & $Python -I -m compileall -q (Join-Path $Here 'kiosk') 2>&1 | ForEach-Object { "$_" } | Out-File -FilePath $Log -Append -Encoding utf8
    & $Python -m kiosk.ops.page_build 2>&1 | ForEach-Object { "$_" } | Out-File -FilePath $Log -Append -Encoding utf8
    $ErrorActionPreference = $previous
    Write-Text $stampFile $whole
}

function Initialize-Kiosk {
    try { [IO.File]::AppendAllText($Log, '') } catch {
        Stop-Here "Ce dossier n’est pas modifiable par vous : $Here. Copiez-le dans votre dossier personnel, puis relancez." `
            'You cannot write in this folder. Copy it to your own folder, then start again:' `
            "Copy-Item -Recurse '$Here' `$HOME\kiosque; & `$HOME\kiosque\run.ps1"
    }
    if (-not ((Test-Path -LiteralPath $Python) -and (Test-Room 100MB)) -and -not (Test-Room 300MB)) { Stop-Disk }
    $lock = Join-Path $Here "config\$(Get-Lock)"
    $stampFile = Join-Path $Venv ".kiosk-$(Get-Lock)"
    $facts = ''
    if (Test-Path -LiteralPath $Python) { $facts = Get-PythonFacts $Python @() }
    if (-not $facts -or -not (Test-Fits $facts)) {
        [Console]::Error.WriteLine('Préparation du kiosque : une seule fois.')
        $found = Find-Python
        if (Test-Path -LiteralPath $Venv) { Remove-Item -LiteralPath $Venv -Recurse -Force }
        $before = @($found | Select-Object -Skip 1)
        Invoke-Step $found[0] ($before + @('-m', 'venv', $Venv))
        $facts = Get-PythonFacts $Python @()
    }
    $stamp = "$(Get-Sum $lock) $facts"
    if (-not (Test-Same $stampFile $stamp)) {
        [Console]::Error.WriteLine('  bibliothèques…')
        $pip = @('-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--no-deps',
            '--require-hashes')
        if ($Offline) { $pip += @('--no-index', '--find-links', $Wheels) } else { Set-Certificates }
        Invoke-Step $Python ($pip + @('-r', $lock))
        Write-Text $stampFile $stamp
    }
    Build-Client
    Build-Ahead $stamp
    Remove-Item -LiteralPath $Log -ErrorAction SilentlyContinue
}

# A shortcut in this person's Startup folder: no right needed, seen and removable in the Task Manager.
function Set-Autostart([bool] $Wanted) {
    $shortcut = Join-Path ([Environment]::GetFolderPath('Startup')) 'Kiosque Métiers en direct.lnk'
    if (-not $Wanted) {
        Remove-Item -LiteralPath $shortcut -ErrorAction SilentlyContinue
        Write-Output "Le kiosque ne démarre plus à l’ouverture de session. / The kiosk no longer starts with the session."
        return
    }
    $link = (New-Object -ComObject WScript.Shell).CreateShortcut($shortcut)
    $link.TargetPath = Join-Path $env:SystemRoot 'System32\WindowsPowerShell\v1.0\powershell.exe'
    $link.Arguments = "-NoProfile -ExecutionPolicy Bypass -WindowStyle Minimized -File `"$Here\run.ps1`""
    $link.WorkingDirectory = $Here
    $link.WindowStyle = 7
    $link.Save()
    Write-Output "Le kiosque démarrera à l’ouverture de votre session : $shortcut"
    Write-Output 'The kiosk will start when your session opens.'
}

# What was put on this machine goes, but never what a class left: where it stands is said.
function Remove-Kiosk {
    if (Get-Process | Where-Object { $_.Path -eq $Python }) {
        Stop-Here "Un kiosque est en marche dans ce dossier : fermez sa fenêtre, puis relancez." `
            'A kiosk runs in this folder: close its window, then start again:' "$Here\run.ps1 uninstall"
    }
    $data = ''
    if (Test-Path -LiteralPath $Python) { $data = & $Python -m kiosk config | Select-String -SimpleMatch 'data_dir' }
    Set-Autostart $false
    foreach ($name in '.venv', 'versions', '.setup.log', '.setup.lock', 'static\build\.stamp-windows') {
        Remove-Item -LiteralPath (Join-Path $Here $name) -Recurse -Force -ErrorAction SilentlyContinue
    }
    Write-Output "Enlevé. Les données des séances restent ; pour les effacer aussi, supprimez leur dossier, puis $Here."
    Write-Output "Removed. The sessions' data remain; to erase them too, delete their folder, then $Here."
    $data | ForEach-Object { Write-Output "    $_" }
}

if ($Offline) {
    Test-Sums
} elseif ((Test-Path -LiteralPath (Join-Path $Wheels 'FITS')) -and (Get-Lock) -eq 'requirements.lock') {
    $Offline = $true  # unpacked from a bundle: what it holds is enough
}

$command = ''
if ($Words.Count -gt 0) { $command = [string] $Words[0] }
if ($command -eq 'autostart') {
    Set-Autostart (-not ($Words.Count -gt 1 -and $Words[1] -eq 'off'))
    exit 0
}
if ($command -eq 'uninstall') {
    Remove-Kiosk
    exit 0
}
Initialize-Kiosk
if ($command -eq 'setup') {
    [Console]::Error.WriteLine('Prêt. / Ready.')
    exit 0
}
if ($command -eq 'test') {
    $rest = @($Words | Select-Object -Skip 1)
    if (-not $rest) { $rest = @('-q', '-m', 'not browser and not server') }
    & $Python -m pytest @rest
    exit $LASTEXITCODE
}
& $Python -m kiosk @Words
exit $LASTEXITCODE

const RULE_4 =
  'MARK       all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:fthBuDq5I1oklYOL */ /* Start of policies */ MARK and 0xfdffffff'
const RULE_5 =
  'cali-pi-default.web-deny-all  all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:Kp-Liqb4hWavW9dD */ mark match 0x0/0x2000000'
const RULE_7 =
  'DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:Qe6UBTrru3RfK2MB */ /* Drop if no policies passed packet */ mark match 0x0/0x2000000'

/** The first listing of the document, of host31, before the attempt and after it. */
export const SIBLING_BEFORE = [RULE_4, RULE_5, RULE_7].map((row) => `0        0 ${row}`).join('\n')
export const SIBLING_AFTER = [RULE_4, RULE_5, RULE_7].map((row) => `3      180 ${row}`).join('\n')
/** Its rows are these of the chain. */
export const SIBLING_ROWS = [4, 5, 7]

/** The listing of host30. */
export const WEB_CHAIN = `
       0        0 ACCEPT     all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:oSVcrqJ8U46FxQEJ */ ctstate RELATED,ESTABLISHED
       0        0 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:nudTdCphcvic4flm */ ctstate INVALID
       2      120 MARK       all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:QWGVPDFBXrYgBHjv */ MARK and 0xfeffffff
       2      120 MARK       all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:fnpcHeCllWo_kg1u */ /* Start of policies */ MARK and 0xfdffffff
       2      120 cali-pi-default.web-deny-all  all  --  *    *    0.0.0.0/0            0.0.0.0/0            /* cali:ibEcyP2JurQBR2JS */ mark match 0x0/0x2000000
       0        0 RETURN     all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:dIb1kwxUZz8DgRje */ /* Return if policy accepted */ mark match 0x1000000/0x1000000
       2      120 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:1O4PxUpswz0ZqJnr */ /* Drop if no policies passed packet */ mark match 0x0/0x2000000
       0        0 cali-pri-k8s-pod-network  all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:rb9GDlntQSXL3Sen */
       0        0 RETURN     all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:s2lDMKnLGp_JSpKk */ /* Return if profile accepted */ mark match 0x1000000/0x1000000
       0        0 DROP       all  --  *      *       0.0.0.0/0            0.0.0.0/0            /* cali:q8OkJmM7E9TcFsQr */ /* Drop if no profiles matched */
`

/** The hashes that Calico v3.32 gives the rules of the same chain. */
export const CURRENT_HASHES = [
  'oSVcrqJ8U46FxQEJ',
  'nudTdCphcvic4flm',
  'fXPyc96TD0ayt6yZ',
  'U8-EPRBGF5EAO4Hi',
  '4UKTI2KrpxAGbxZW',
  '0wqcj_hwLC0-KDzm',
  'WRbRzwsAUbjxNYnx',
  'sC5XHIU0A7_wt4Yk',
  'axvNc4V0e_j422mx',
  '_nqOET8QbC4iRyHw',
  'ys-_mi3AkhCwShJx',
  'CD5rs2Riybi4q8l0',
]

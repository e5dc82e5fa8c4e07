//! The manifests of the official bundles, so that one can be told by its CID.
//!
//! From the archives that builtin-actors publishes (Lotus keeps them in `build/actors`).

/// A published bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The CID of its manifest.
    pub manifest: &'static str,
    /// The version of the actors.
    pub version: u32,
    /// The release, as its authors call it.
    pub release: &'static str,
    /// The network it was built for.
    pub network: &'static str,
}

/// The network versions that an actors version serves (first, last), where this build runs them.
#[must_use]
pub fn network_versions(actors: u32) -> Option<(u32, u32)> {
    Some(match actors {
        9 => (17, 17),
        10 => (18, 18),
        11 => (19, 20),
        12 => (21, 21),
        13 => (22, 22),
        14 => (23, 23),
        15 => (24, 24),
        16 => (25, 26),
        17 => (27, 27),
        18 => (28, 28),
        _ => return None,
    })
}

/// Finds a published bundle by the CID of its manifest.
#[must_use]
pub fn find(manifest: &str) -> Option<Known> {
    TABLE
        .iter()
        .copied()
        .find(|known| known.manifest == manifest)
}

#[rustfmt::skip] // A table reads by columns.
const TABLE: &[Known] = &[
    known("bafy2bzacec35by4erhcdgcsgzp7yb3j57utydlxxfc73m3k5pep67ehvvyv6i", 9, "v9", "butterflynet"),
    known("bafy2bzacedbedgynklc4dgpyxippkxmba2mgtw7ecntoneclsvvl4klqwuyyy", 9, "v9", "calibrationnet"),
    known("bafy2bzacebsdvrxmdajiyxq2mxxxppvg2zwvqjzz3pgbsxwh6pvdcjofpmnxw", 9, "v9", "caterpillarnet"),
    known("bafy2bzacedozk3jh2j4nobqotkbofodq4chbrabioxbfrygpldgoxs3zwgggk", 9, "v9", "devnet"),
    known("bafy2bzaceb6j6666h36xnhksu3ww4kxb6e25niayfgkdnifaqi6m6ooc66i6i", 9, "v9", "mainnet"),
    known("bafy2bzacecql2gj2tri4fnbznmldue73qzt6zszvugw4exd64mwb52zrhv7k2", 9, "v9", "testing-fake-proofs"),
    known("bafy2bzacecnnrmekqw2xvud46g3vo6x26cogh3ydgljqajlxqxzzbuxsjlwjm", 9, "v9", "testing"),
    known("bafy2bzaceckjhsggacixv2d377zfdcnuio4hzkveprio3xnhm3gohi3zy3zco", 10, "v10", "butterflynet"),
    known("bafy2bzaced25ta3j6ygs34roprilbtb3f6mxifyfnm7z7ndquaruxzdq3y7lo", 10, "v10", "calibrationnet"),
    known("bafy2bzaceajftd7jawqnwf4kzkotksrwy6ag7mu2apkvypzrrmxboheuum5oi", 10, "v10", "caterpillarnet"),
    known("bafy2bzacebzz376j5kizfck56366kdz5aut6ktqrvqbi3efa2d4l2o2m653ts", 10, "v10", "devnet"),
    known("bafy2bzacecsuyf7mmvrhkx2evng5gnz5canlnz2fdlzu2lvcgptiq2pzuovos", 10, "v10", "mainnet"),
    known("bafy2bzacedwap2uuii4luljckrnb4vkur2unb6fyinn7xjie6xlva2wmlygj2", 10, "v10", "testing-fake-proofs"),
    known("bafy2bzacebsp3bkxwsijenqeimhvhtg52d6o76hn6qhzxveqfq7d5hdd5l2ee", 10, "v10", "testing"),
    known("bafy2bzaceaiy4dsxxus5xp5n5i4tjzkb7sc54mjz7qnk2efhgmsrobjesxnza", 11, "v11", "butterflynet"),
    known("bafy2bzacedhuowetjy2h4cxnijz2l64h4mzpk5m256oywp4evarpono3cjhco", 11, "v11", "calibrationnet"),
    known("bafy2bzacebexc2jgzwr5ngn6jdnkwdqwwmcapajuypdgvopoe6bnvp4yxm4o2", 11, "v11", "caterpillarnet"),
    known("bafy2bzaceay35go4xbjb45km6o46e5bib3bi46panhovcbedrynzwmm3drr4i", 11, "v11", "devnet"),
    known("bafy2bzacecnhaiwcrpyjvzl4uv4q3jzoif26okl3m66q3cijp3dfwlcxwztwo", 11, "v11", "mainnet"),
    known("bafy2bzacecojemqglhzzhjnhgtrcbsgkyv67ziytvtbhwlr4ym4oxqofv7zui", 11, "v11", "testing-fake-proofs"),
    known("bafy2bzacea2vxre32tg3xhpejrktiuzx4d3pcoe7yyazgscfibmegmchr6n42", 11, "v11", "testing"),
    known("bafy2bzacectxvbk77ntedhztd6sszp2btrtvsmy7lp2ypnrk6yl74zb34t2cq", 12, "v12", "butterflynet"),
    known("bafy2bzacedrunxfqta5skb7q7x32lnp4efz2oq7fn226ffm7fu5iqs62jkmvs", 12, "v12.0.0-rc1", "calibrationnet"),
    known("bafy2bzacebl4w5ptfvuw6746w7ev562idkbf5ppq72e6zub22435ws2rukzru", 12, "v12.0.0-rc2", "calibrationnet"),
    known("bafy2bzacednzb3pkrfnbfhmoqtb3bc6dgvxszpqklf3qcc7qzcage4ewzxsca", 12, "v12", "calibrationnet"),
    known("bafy2bzacebxiub6qsy67asvl5cx33x5vjbuqinalmf3xtnbmokxmmklzdkvei", 12, "v12", "caterpillarnet"),
    known("bafy2bzaceasjdukhhyjbegpli247vbf5h64f7uvxhhebdihuqsj2mwisdwa6o", 12, "v12", "devnet"),
    known("bafy2bzaceapkgfggvxyllnmuogtwasmsv5qi2qzhc2aybockd6kag2g5lzaio", 12, "v12", "mainnet"),
    known("bafy2bzacecver4l5d6jiuzubhrtcxjjfdx6jnxbmyp4bselol2atgkhz3e3um", 12, "v12", "testing-fake-proofs"),
    known("bafy2bzaceaaxd6ytavsek5bi5soqo7qamezuqfyfjy42es2clpbzu3pwzcmye", 12, "v12", "testing"),
    known("bafy2bzacec75zk7ufzwx6tg5avls5fxdjx5asaqmd2bfqdvkqrkzoxgyflosu", 13, "v13", "butterflynet"),
    known("bafy2bzacea4firkyvt2zzdwqjrws5pyeluaesh6uaid246tommayr4337xpmi", 13, "v13.0.0-rc3", "calibrationnet"),
    known("bafy2bzacect4ktyujrwp6mjlsitnpvuw2pbuppz6w52sfljyo4agjevzm75qs", 13, "v13", "calibrationnet"),
    known("bafy2bzacedu7kk2zngxp7y3lynhtaht6vgadgn5jzkxe5nuowtwzasnogx63w", 13, "v13", "caterpillarnet"),
    known("bafy2bzacecn7uxgehrqbcs462ktl2h23u23cmduy2etqj6xrd6tkkja56fna4", 13, "v13", "devnet"),
    known("bafy2bzacecdhvfmtirtojwhw2tyciu4jkbpsbk5g53oe24br27oy62sn4dc4e", 13, "v13", "mainnet"),
    known("bafy2bzaceaf7fz33sp2i5ag5xg5ompn3dwppqlbwfacrwuvzaqdbqrtni7m5q", 13, "v13", "testing-fake-proofs"),
    known("bafy2bzacedg47dqxmtgzjch6i42kth72esd7w23gujyd6c6oppg3n6auag5ou", 13, "v13", "testing"),
    known("bafy2bzacecmkqezl3a5klkzz7z4ou4jwqk4zzd3nvz727l4qh44ngsxtxdblu", 14, "v14", "butterflynet"),
    known("bafy2bzacebq3hncszqpojglh2dkwekybq4zn6qpc4gceqbx36wndps5qehtau", 14, "v14", "calibrationnet"),
    known("bafy2bzacecr6g2co4zkdvrsbz2z7wh44o6hrl3rpbgnlhe52772hhjs43vxge", 14, "v14", "caterpillarnet"),
    known("bafy2bzacebwn7ymtozv5yz3x5hnxl4bds2grlgsk5kncyxjak3hqyhslb534m", 14, "v14", "devnet"),
    known("bafy2bzacecbueuzsropvqawsri27owo7isa5gp2qtluhrfsto2qg7wpgxnkba", 14, "v14", "mainnet"),
    known("bafy2bzacebca2c7r6m47fv5ojbzfgqxw74zxyzphlkxigj75q7vobbe6vm4x4", 14, "v14", "testing-fake-proofs"),
    known("bafy2bzacebgc3zha33w7wggshqjeeomjnxfsqdezpt6e5w4tcqnfp42hvhqyy", 14, "v14", "testing"),
    known("bafy2bzacearjal5rsmzloz3ny7aoju2rgw66wgxdrydgg27thcsazbmf5qihq", 15, "v15", "butterflynet"),
    known("bafy2bzaceax5zkysst7vtyup4whdxwzlpnaya3qp34rnoi6gyt4pongps7obw", 15, "v15", "calibrationnet"),
    known("bafy2bzaceaw24gctg3dx6pzrymhggsp32c7mofjscwnylk4pzsqmilolygwhi", 15, "v15", "caterpillarnet"),
    known("bafy2bzacedlusqjwf7chvl2ve2fum5noyqrtjzcrzkhpbzpkg7puiru7dj4ug", 15, "v15", "devnet"),
    known("bafy2bzaceakwje2hyinucrhgtsfo44p54iw4g6otbv5ghov65vajhxgntr53u", 15, "v15", "mainnet"),
    known("bafy2bzacea3jtzs4jz75ht3ncdyvabef4spz7w375ja7spp36yy3zwp5ji2wi", 15, "v15", "testing-fake-proofs"),
    known("bafy2bzacedio6qbcgxduz3y2zksor5dgyt3ieiugnugvsz6k2jdzwvugwahag", 15, "v15", "testing"),
    known("bafy2bzacedn2h6huw7v2elmmdmpv4phdv4wjwgct7kcrrtdgz7jkjdm6uwa6k", 16, "v16.0.0", "butterflynet"),
    known("bafy2bzaceda5lc7qrwp2hdm6s6erppwuydsfqrhbgld7juixalk342inqimbo", 16, "v16.0.1", "butterflynet"),
    known("bafy2bzacebc7zpsrihpyd2jdcvmegbbk6yhzkifre3hxtoul5wdxxklbwitry", 16, "v16.0.0", "calibrationnet"),
    known("bafy2bzacecqtwq6hjhj2zy5gwjp76a4tpcg2lt7dps5ycenvynk2ijqqyo65e", 16, "v16.0.1", "calibrationnet"),
    known("bafy2bzacedrq643mgak6w3nbmz3wvcgjrirdoq7y6l3xgwijgirffgaxf6yqg", 16, "v16.0.1", "caterpillarnet"),
    known("bafy2bzaceafzrqb6adck3o3mbyd33gtp2272f577hidqyo7cszg2ksn5sebh2", 16, "v16.0.0", "devnet"),
    known("bafy2bzaceclp3wfrwdjgh6c3gee5smwj3zmmrhb4fdbc4yfchfaia6rlljx5o", 16, "v16.0.1", "devnet"),
    known("bafy2bzacecnepvsh4lw6pwljobvwm6zwu6mbwveatp7llhpuguvjhjiqz7o46", 16, "v16.0.1", "mainnet"),
    known("bafy2bzacec4tth5r62ny75wt27tyzgzc4nc3zte6cxainlrxs54g7yvmlezs4", 16, "v16.0.0", "testing-fake-proofs"),
    known("bafy2bzaceaauqnw45yfi6lh53gzxzx47tabzh7zart6eqr3eojp72vtzgs6tg", 16, "v16.0.1", "testing-fake-proofs"),
    known("bafy2bzacea35za4a3ljlupfn2wxdzwz5py6vbu267s5p4p4uvdoqyhhggbbfq", 16, "v16.0.0", "testing"),
    known("bafy2bzaceazq2v3l6w2vhch76v5y5krsif5zf65ctega6bll6yrsxavwoyrf2", 16, "v16.0.1", "testing"),
    known("bafy2bzacedzjwguwuihh4tptzfkkwaj3naamrnklbaixn2wfzqh67twwp56pi", 17, "v17", "butterflynet"),
    known("bafy2bzacecn64rlb52rjsvgopnidz6w42z3zobmjxqek5s4xqjh3ly47rcurg", 17, "v17", "calibrationnet"),
    known("bafy2bzaceautgoa57hap6oflau5du3d2hwgk45c76muyyxuqaj6amak2znllq", 17, "v17", "caterpillarnet"),
    known("bafy2bzaceasvgkke3j4cs3xsxnjswpcdmokkvkiehzxzcgfox3ozlehimbuqk", 17, "v17", "devnet"),
    known("bafy2bzaceai74ppsvuxs3nvpzzeuptdr3wl7vmdpbphvtz4qt5hfq2qdfvz3e", 17, "v17", "mainnet"),
    known("bafy2bzacedws3pjlpe4zm3pkgjvu6uovegk7osexwlpwkevkqulhqqqkic6b2", 17, "v17", "testing-fake-proofs"),
    known("bafy2bzaceb2ca5dv47npgrjww4aga4fvlvgykf34b7aq4ti5gfs2qqj2eif4w", 17, "v17", "testing"),
    known("bafy2bzacedg3y3ylp3w4bqmfgyiasrikg3bgfibblc7o4gri3b7j7ftgjhyuu", 18, "v18", "butterflynet"),
    known("bafy2bzacebkfatnbe6w4rj7lf6gkjh7mywlrpdh2dj6hu2dl4rmtwksszm2hs", 18, "v18", "calibrationnet"),
    known("bafy2bzacebmy7xg5qcvxnlnu7vg32hdmgdn4jqljwnazdeetitesbovnlnctw", 18, "v18", "caterpillarnet"),
    known("bafy2bzaced35gjxagazf2fne5dakbok5abmivsh7cq7huwfuptebgwjmcpcf6", 18, "v18", "devnet"),
    known("bafy2bzacedxsqapxwj5znwy4leem5gsuenhhfyqcntews3yis5iek67thy6lc", 18, "v18", "mainnet"),
    known("bafy2bzacebhqxufvuk42n44l2h3ilek5jrp7lgdyapnyu76j5ocgi5koxkh7u", 18, "v18", "testing-fake-proofs"),
    known("bafy2bzacece6i7k26rjexzyedrr5qcag7xdntw72tdsealzy6qqdrankk4a7g", 18, "v18", "testing"),
];

const fn known(
    manifest: &'static str,
    version: u32,
    release: &'static str,
    network: &'static str,
) -> Known {
    Known {
        manifest,
        version,
        release,
        network,
    }
}

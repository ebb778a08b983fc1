//! The two codes that States have: two letters in a name, three in an alternative name (ISO 3166-1).

/// Three letters, then two, for each.
const CODES: &str = "ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT \
     AZEAZ BDIBI BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO \
     BRABR BRBBB BRNBN BTNBT BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG \
     COKCK COLCO COMKM CPVCV CRICR CUBCU CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO \
     DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB \
     GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY \
     HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT \
     JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY \
     LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH \
     MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA \
     NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE \
     PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA \
     SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR \
     SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO \
     TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY USAUS UZBUZ VATVA VCTVC VENVE VGBVG \
     VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW";

/// Letters of an entry, and the blank behind it.
const ENTRY: usize = 6;

/// The two letters of the State with these three; none for codes that are not of ISO 3166-1, such as those of
/// organisations and `D` for Germany.
#[must_use]
pub fn two_letters(three: &str) -> Option<&'static str> {
    let wanted = <[u8; 3]>::try_from(three.as_bytes()).ok()?.map(|byte| byte.to_ascii_uppercase());
    let at = CODES.as_bytes().chunks(ENTRY).position(|entry| entry.starts_with(&wanted))?;
    let two = at.checked_mul(ENTRY)?.checked_add(wanted.len())?;
    CODES.get(two..two.checked_add(2)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_states_by_their_three_letters() {
        for (three, two) in
            [("AFG", "AF"), ("DEU", "DE"), ("deu", "DE"), ("ZWE", "ZW"), ("NLD", "NL")]
        {
            assert_eq!(two_letters(three), Some(two));
        }
        for none in ["", "D", "UTO", "DE", "DEUX", "EUE"] {
            assert_eq!(two_letters(none), None, "{none}");
        }
    }

    #[test]
    fn every_entry_is_three_letters_and_two() {
        assert_eq!(CODES.split(' ').count(), 249);
        assert!(
            CODES
                .split(' ')
                .all(|both| both.len() == 5 && both.bytes().all(|byte| byte.is_ascii_uppercase()))
        );
    }
}
